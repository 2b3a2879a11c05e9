using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Jobs.Entry;

/// <summary>A picture that the Watcher has looked at, and what is to be made of it.</summary>
public sealed record JobEntry
{
    /// <summary>Relative to the inputs.</summary>
    public required string SourcePath { get; init; }

    /// <summary>What the Watcher knows the picture's and its companions' files by; not empty.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>As <see cref="Contracts.Jobs.JobId"/> derives it; for a refused one any id that the same refusal has again.</summary>
    public required string JobId { get; init; }

    public required string Task { get; init; }
    public required string PluginVersion { get; init; }
    public required string Preset { get; init; }

    /// <summary>The effective options; one object for all entries that share them is stored without writing it out again.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required long Seed { get; init; }
    public required SourceFile Picture { get; init; }
    public IReadOnlyDictionary<string, SourceFile> Companions { get; init; } = new Dictionary<string, SourceFile>();

    /// <summary>Relative to the results.</summary>
    public required string Output { get; init; }

    /// <summary>Higher is sooner.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// The row of an archive run that it is for, which has this job from then on. It is no source of its own: should its picture change,
    /// its row is told again (<see cref="JobCatalogue.PendingRowsAsync"/>).
    /// </summary>
    public RowKey? Row { get; init; }

    /// <summary>The job is to be done again, should it have been rejected, failed or cancelled.</summary>
    public bool Retry { get; init; }

    /// <summary>Why it cannot be done; one sentence. Such a job is rejected at once, and nothing is published.</summary>
    public string? Refusal { get; init; }
}
