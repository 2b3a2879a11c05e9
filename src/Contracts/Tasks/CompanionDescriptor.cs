namespace DipPipeline.Contracts.Tasks;

/// <summary>A file that belongs to a picture: for <c>mask</c>, <c>photo.mask.png</c> beside <c>photo.jpg</c>.</summary>
public sealed record CompanionDescriptor
{
    public required string Name { get; init; }

    public required string Help { get; init; }

    /// <summary>Whether the task cannot run without it.</summary>
    public bool Required { get; init; }

    /// <summary>Whether the picture's alpha channel stands in for it when it is absent (opaque = 1).</summary>
    public bool AlphaSubstitutes { get; init; }
}
