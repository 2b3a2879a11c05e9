using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Jobs.Tests;

/// <summary>What Hosts say about a message. Times only tell events apart.</summary>
internal static class Hosts
{
    private static int s_seconds;

    public static RestorationStarted Started(RestoreImage job, string host = "one", int slice = 0, int attempt = 1) => new(job.JobId, job.Generation, host, At(), slice, attempt);

    public static RestorationProgressed Progressed(RestoreImage job, int iteration = 100, string host = "one", int slice = 0) =>
        new(job.JobId, job.Generation, host, At(), slice, iteration, 3000, 10.5, 290, double.NaN);

    public static RestorationCompleted Completed(RestoreImage job, string host = "one") => new(job.JobId, job.Generation, host, At(), Metrics(job));

    public static RestorationRejected Rejected(RestoreImage job, string reason = "It is no picture.") => new(job.JobId, job.Generation, "one", At(), reason);

    public static RestorationFailed Failed(RestoreImage job, params string[] history) => new(job.JobId, job.Generation, "one", At(), "It crashed 3 times.", history);

    public static RestorationCancelled Cancelled(RestoreImage job) => new(job.JobId, job.Generation, "one", At(), "Stopped.");

    public static RestorationDeferred Deferred(RestoreImage job) => new(job.JobId, job.Generation, "one", At(), "The storage is away.");

    public static RestorationHandedBack HandedBack(RestoreImage job, int nextSlice) => new(job.JobId, job.Generation, "one", At(), nextSlice, "The slice's time was up.");

    public static SourceChanged SourceChanged(RestoreImage job, string? found = "ff") => new(job.JobId, job.Generation, "one", At(), job.Picture.Path, found);

    public static RestorationMetrics Metrics(RestoreImage job) => new()
    {
        JobId = job.JobId,
        Task = job.Task,
        Plugin = new("Denoise", job.PluginVersion),
        EngineVersion = "1.0",
        Preset = job.Preset,
        Options = job.Options,
        Seed = job.Seed,
        Device = "cpu",
        Precision = "float32",
        Threads = 1,
        Input = new(job.Picture.Path, job.Picture.Sha256, 8, 8, 3, 8),
        Output = new(job.Output, "00", 8, 8, 3, 8),
        Iterations = 3000,
        ChosenIteration = 2500,
        IterationsPerSecond = 10,
        Seconds = 300,
        StoppedBy = "iterations",
        Energy = new(1, 0.1),
        Warnings = [],
        Generation = job.Generation,
        PeakMemoryBytes = 1000,
    };

    private static DateTimeOffset At() => DateTimeOffset.UnixEpoch.AddSeconds(Interlocked.Increment(ref s_seconds));
}
