namespace DipPipeline.Jobs.Runs;

/// <summary>A picture that is to be restored, as a manifest names it.</summary>
/// <param name="Number">The line of the manifest it begins in; for a folder it counts the pictures from 1. Rows of one priority are taken in this order.</param>
/// <param name="Settings">The number of its <see cref="RowSettings"/>.</param>
/// <param name="Path">Relative to the inputs.</param>
/// <param name="Mask">Relative to the inputs; <see langword="null"/> takes what lies beside the picture.</param>
/// <param name="Output">The restored picture, relative to the results.</param>
/// <param name="Priority">Higher is sooner.</param>
public readonly record struct ManifestRow(int Number, int Settings, string Path, string? Mask, string Output, int Priority);

/// <summary>How rows are restored; most manifests have a few of these for all their rows.</summary>
public sealed record RowSettings
{
    /// <summary>From 1, in the order in which the manifest needs them.</summary>
    public required int Number { get; init; }

    public required string Task { get; init; }

    /// <summary><see langword="null"/> takes the task's default.</summary>
    public string? Preset { get; init; }

    /// <summary>As typed.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    public long Seed { get; init; }
}

/// <summary>A row of a run.</summary>
public readonly record struct RowKey(long Run, int Number);

/// <summary>A row whose turn it is.</summary>
/// <param name="Key">Which.</param>
/// <param name="Row">What the manifest says of it.</param>
/// <param name="Settings">How it is restored; one object for all rows that share it.</param>
/// <param name="Retry">Whether its job, should it have failed, is to be tried again.</param>
public sealed record PendingRow(RowKey Key, ManifestRow Row, RowSettings Settings, bool Retry);
