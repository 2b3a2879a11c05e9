namespace DipPipeline.Jobs.Copies;

/// <summary>How the result of a job gets to an output path.</summary>
public enum PlacementState
{
    /// <summary>The Host writes it there itself.</summary>
    Own = 0,

    /// <summary>It is to be a copy, but the job has not completed.</summary>
    AwaitsResult = 1,

    /// <summary>The result is elsewhere, and is to be copied now.</summary>
    CopyDue = 2,

    Copied = 3,

    /// <summary>The original is gone, and so is the source.</summary>
    CopyFailed = 4,
}
