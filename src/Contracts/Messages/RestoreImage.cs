namespace DipPipeline.Contracts.Messages;

/// <summary>Command to restore one picture: paths, hashes and options, never pixels. Everything that determines the result is in it.</summary>
public sealed record RestoreImage
{
    /// <summary>As <see cref="Jobs.JobId"/> derives it.</summary>
    public required string JobId { get; init; }

    /// <summary>
    /// Counts the jobs that were to write <see cref="Output"/>, and the retries of each, from 1. A Host never overwrites a result of a
    /// higher generation, and answers of a lower one than the catalogue's are late.
    /// </summary>
    public required int Generation { get; init; }

    /// <summary>0 at first; a Host that gives a job back publishes it again with the next number.</summary>
    public int Slice { get; init; }

    public required string Task { get; init; }

    /// <summary>The version that the job's id is derived from: no other may do the work.</summary>
    public required string PluginVersion { get; init; }

    /// <summary>Where the options came from, for the record.</summary>
    public required string Preset { get; init; }

    /// <summary>Every option of the task's schema with its value.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required long Seed { get; init; }

    public required SourceFile Picture { get; init; }

    /// <summary>Companions by name: <c>mask</c>.</summary>
    public IReadOnlyDictionary<string, SourceFile> Companions { get; init; } = new Dictionary<string, SourceFile>();

    /// <summary>The restored picture's path, relative to the storage's results; its companions take their names from it.</summary>
    public required string Output { get; init; }
}
