using DipPipeline.Contracts;

namespace DipPipeline.Cli.Plugins;

/// <summary>The list of hashes that decides which plugins may load, as the environment gives it.</summary>
internal static class AllowedHashes
{
    /// <summary>SHA-256 hashes separated by commas; where it is unset or empty, every plugin may load.</summary>
    public const string Variable = "DIP_PLUGINS_ALLOWED";

    private const int Digits = 64;

    /// <exception cref="RefusedException">Something in the list is no hash: a list that is misread must not allow more than was meant.</exception>
    public static IReadOnlyCollection<string> Parse(string? variable)
    {
        if (string.IsNullOrEmpty(variable))
        {
            return [];
        }

        var hashes = variable.Split(',', StringSplitOptions.TrimEntries);
        return hashes.FirstOrDefault(hash => hash.Length != Digits || !hash.All(char.IsAsciiHexDigit)) is { } wrong
            ? throw new RefusedException($"{Variable} names '{wrong}'; accepted: SHA-256 hashes of {Digits} hexadecimal digits, separated by commas.")
            : hashes;
    }
}
