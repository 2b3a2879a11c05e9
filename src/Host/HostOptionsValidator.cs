using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>What no single setting can tell.</summary>
internal sealed class HostOptionsRules : IValidateOptions<HostOptions>
{
    public ValidateOptionsResult Validate(string? name, HostOptions options)
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Name))
        {
            errors.Add("Host:Name is empty; accepted: a name that tells this Host from the others.");
        }

        if (options.ClaimStaleAfter < 2 * options.ClaimBeat)
        {
            errors.Add($"Host:ClaimStaleAfter is {options.ClaimStaleAfter}, less than two signs of life of Host:ClaimBeat {options.ClaimBeat} apart: living Hosts would be taken for dead; accepted: at least {2 * options.ClaimBeat}.");
        }

        if (options.CheckpointInterval > options.MaxHold)
        {
            errors.Add($"Host:CheckpointInterval is {options.CheckpointInterval}, longer than Host:MaxHold {options.MaxHold}; accepted: at most that.");
        }

        // A list that is misread must not allow more than was meant.
        errors.AddRange(options.AllowedPlugins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(hash => hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
            .Select(wrong => $"Host:AllowedPlugins names '{wrong}'; accepted: SHA-256 hashes of 64 hexadecimal digits, separated by commas."));

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
