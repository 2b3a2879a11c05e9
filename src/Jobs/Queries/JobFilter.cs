namespace DipPipeline.Jobs.Queries;

/// <summary>Which jobs; the default is all.</summary>
public sealed record JobFilter
{
    /// <summary>Empty: any.</summary>
    public IReadOnlyList<JobState> States { get; init; } = [];

    /// <summary>The task's id.</summary>
    public string? Task { get; init; }

    /// <summary>Pattern of the picture's whole path: <c>*</c> is any text, slashes too, and <c>?</c> one character. Case matters.</summary>
    public string? Path { get; init; }

    /// <summary>Entered then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The newest so many; <see langword="null"/> for no limit.</summary>
    public int? Limit { get; init; }
}
