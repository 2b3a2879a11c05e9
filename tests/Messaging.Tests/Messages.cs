using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Messaging.Tests;

/// <summary>Messages with every property set, and with text and numbers that are easily damaged.</summary>
internal static class Messages
{
    public static readonly DateTimeOffset At = new(2026, 5, 4, 3, 2, 1, 123, TimeSpan.FromHours(2));

    public static RestoreImage Job(string id = "job-1") => new()
    {
        JobId = id,
        Generation = 2,
        Slice = 1,
        Task = "denoise",
        PluginVersion = "1.2.3",
        Preset = "quick",
        Options = new Dictionary<string, string> { ["iterations"] = "100", ["Sigma"] = "0.5" },
        Seed = long.MaxValue,
        Picture = new SourceFile("альбом/photo 1 <&>.png", new string('a', 64), 12_345_678_901),
        Companions = new Dictionary<string, SourceFile> { ["mask"] = new("album/photo.mask.png", new string('b', 64), 1) },
        Output = "denoise/альбом/photo 1.png",
    };

    public static SubmitRestoration Submission { get; } = new()
    {
        Paths = ["a.png", "b/ü.png"],
        Task = "denoise",
        Preset = "quick",
        Options = new Dictionary<string, string> { ["iterations"] = "1" },
        Seed = -3,
        Priority = 7,
    };

    public static HostAnnounced Announcement { get; } = new()
    {
        Host = "gpu-1/17",
        Slots = 4,
        Busy = 1,
        Device = "cuda:0",
        Tasks = [new TaskVersion("denoise", "1.2.3"), new TaskVersion("inpaint", "1.0.0")],
        IsLeaving = true,
    };

    public static RestorationProgressed Progress(int iteration = 10) => new("job-1", 2, "gpu-1", At, 1, iteration, 100, 12.5, 7.25, 1e-9);

    public static RestorationStarted Started(string id = "job-1") => new(id, 2, "gpu-1", At, Slice: 1, Attempt: 3);

    public static RestorationCompleted Completed { get; } = new("job-1", 2, "gpu-1", At, new RestorationMetrics
    {
        JobId = "job-1",
        Task = "denoise",
        Plugin = new PluginReference("denoise", "1.2.3"),
        EngineVersion = "0.1.0",
        Preset = "quick",
        Options = new Dictionary<string, string> { ["iterations"] = "100" },
        Seed = 5,
        Device = "cuda:0",
        Precision = "float32",
        Threads = 2,
        Input = new PictureReference("альбом/photo.png", new string('a', 64), 640, 480, 3, 16),
        Output = new PictureReference("denoise/альбом/photo.png", new string('c', 64), 640, 480, 3, 16),
        Iterations = 100,
        ChosenIteration = 90,
        IterationsPerSecond = 12.5,
        Seconds = 8.0000001,
        StoppedBy = "iterations",
        Energy = new EnergyRange(0.5, 1e-12),
        NoiseSigma = 25.5,
        Warnings = ["a \"warning\""],
        Divergences = 1,
        Generation = 2,
        PeakMemoryBytes = 5_000_000_000,
        Reference = new Quality(double.PositiveInfinity, 30.123456789012345, 0.99),
        Baseline = new BaselineQuality("nlm", 28),
    });

    /// <summary>One of each durable event.</summary>
    public static IReadOnlyList<IJobEvent> Events { get; } =
    [
        Started(),
        Completed,
        new RestorationRejected("job-1", 2, "gpu-1", At, "photo.png is empty."),
        new RestorationFailed("job-1", 2, "gpu-1", At, "Three crashes.", ["killed", "killed again"]),
        new RestorationCancelled("job-1", 2, "gpu-1", At, "A newer one."),
        new RestorationDeferred("job-1", 2, "gpu-1", At, "The storage is away."),
        new RestorationHandedBack("job-1", 2, "gpu-1", At, 2, "The slice's time was up."),
        new SourceChanged("job-1", 2, "gpu-1", At, "album/photo.png", null),
        new SourceChanged("job-1", 2, "gpu-1", At, "album/photo.png", new string('d', 64)),
    ];
}
