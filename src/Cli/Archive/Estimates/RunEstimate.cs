namespace DipPipeline.Cli.Archive;

/// <summary>What <c>dip archive run --dry-run</c> says.</summary>
internal sealed record RunEstimate
{
    public required int Rows { get; init; }

    /// <summary>Of all pictures that are there.</summary>
    public required long Bytes { get; init; }

    /// <summary>Rows whose picture is not there.</summary>
    public required int Missing { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<string> MissingPaths { get; init; }

    /// <summary>Rows whose result is there, as far as can be told without reading their pictures.</summary>
    public required int AlreadyDone { get; init; }

    public required int ToDo { get; init; }

    /// <summary>Rows that are to be done, by task and preset.</summary>
    public required IReadOnlyDictionary<string, int> ByTask { get; init; }

    public required IReadOnlyList<PilotPicture> Pilot { get; init; }

    /// <summary>The mean over what is to be done; absent where no picture was restored.</summary>
    public double? SecondsPerPicture { get; init; }

    public double? WorkerHours { get; init; }
    public required int Workers { get; init; }

    /// <summary>Were it begun now.</summary>
    public DateTimeOffset? FinishAt { get; init; }

    /// <summary>Worker hours at the price that was given.</summary>
    public double? Cost { get; init; }
}

/// <param name="Refusal">Why it has no time.</param>
internal sealed record PilotPicture(string Path, string Task, int Width, int Height, double? Seconds, string? Refusal = null)
{
    public double Pixels => (double)Width * Height;
}
