namespace DipPipeline.Contracts.Tasks;

/// <summary>A named set of option values.</summary>
public sealed record PresetDescriptor
{
    public required string Name { get; init; }

    /// <summary>One sentence: what it is good for and where its numbers come from.</summary>
    public required string Help { get; init; }

    /// <summary>Option name and value; what it leaves out keeps the option's default.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }
}
