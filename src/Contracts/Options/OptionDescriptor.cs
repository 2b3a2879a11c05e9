using System.Text.Json.Serialization;

namespace DipPipeline.Contracts.Options;

/// <summary>One option of a task: its type, range, default and help. Values are canonical text (invariant culture).</summary>
public sealed record OptionDescriptor
{
    /// <summary>The word that means "decide from the picture or the machine", where <see cref="AllowsAuto"/>.</summary>
    public const string Auto = "auto";

    /// <summary>The word that means "not at all", where <see cref="AllowsOff"/>.</summary>
    public const string Off = "off";

    /// <summary>Lower-case words joined by hyphens: <c>learning-rate</c>.</summary>
    public required string Name { get; init; }

    public required OptionType Type { get; init; }

    /// <summary>The value where neither preset nor caller gives one.</summary>
    public required string Default { get; init; }

    /// <summary>One sentence: meaning, unit, and when it is ignored.</summary>
    public required string Help { get; init; }

    /// <summary>Smallest value accepted (for a list: of each element); ignored for words.</summary>
    public double? Minimum { get; init; }

    /// <summary>Largest value accepted (for a list: of each element); ignored for words.</summary>
    public double? Maximum { get; init; }

    /// <summary>The words or numbers accepted; <see langword="null"/> accepts the whole range.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Whether <c>auto</c> is accepted too.</summary>
    public bool AllowsAuto { get; init; }

    /// <summary>Whether <c>off</c> is accepted too.</summary>
    public bool AllowsOff { get; init; }

    /// <summary>What would be accepted, for messages and help.</summary>
    [JsonIgnore]
    public string Accepted
    {
        get
        {
            var accepted = Choices is { Count: > 0 } ? string.Join(", ", Choices) : Type switch
            {
                OptionType.Integer => $"a whole number{Range}",
                OptionType.Number => $"a number{Range}",
                OptionType.Boolean => "true or false",
                OptionType.IntegerList => $"whole numbers{Range} separated by commas",
                _ => "a word",
            };
            return (AllowsAuto, AllowsOff) switch
            {
                (true, true) => $"{accepted}, {Auto} or {Off}",
                (true, false) => $"{accepted}, or {Auto}",
                (false, true) => $"{accepted}, or {Off}",
                _ => accepted,
            };
        }
    }

    private string Range => (Minimum, Maximum) switch
    {
        ({ } low, { } high) => FormattableString.Invariant($" from {low} to {high}"),
        ({ } low, null) => FormattableString.Invariant($" of at least {low}"),
        (null, { } high) => FormattableString.Invariant($" of at most {high}"),
        _ => "",
    };
}
