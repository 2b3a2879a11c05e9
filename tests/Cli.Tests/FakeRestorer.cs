using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Tests;

/// <summary>Stands for the engine: keeps each request, lets the test play what happens, and answers with metrics.</summary>
internal sealed class FakeRestorer
{
    public List<RestorationRequest> Requests { get; } = [];

    public IEnumerable<string> Pictures => Requests.Select(r => Path.GetFileName(r.PicturePath));

    public List<int> Threads { get; } = [];

    /// <summary>What happens during a restoration.</summary>
    public Action<RestorationRequest, Action<RestorationProgress>, Action<RestorationNotice>> During { get; set; } = (_, _, _) => { };

    public Func<RestorationMetrics, RestorationMetrics> Result { get; set; } = m => m;

    public RestorationMetrics Restore(
        RestorationRequest request, Action<RestorationProgress> progress, Action<RestorationNotice> notice, CancellationToken cancellation)
    {
        Requests.Add(request);
        Threads.Add(Environment.CurrentManagedThreadId);
        During(request, progress, notice);
        cancellation.ThrowIfCancellationRequested();
        return Result(new()
        {
            JobId = "0123456789abcdef0123456789abcdef",
            Task = request.Plugin.Descriptor.Id,
            Plugin = new(request.Plugin.Descriptor.Id, request.Plugin.Descriptor.Version),
            EngineVersion = "0.1.0",
            Preset = request.Preset,
            Options = request.Options.Values.ToDictionary(),
            Seed = request.Seed,
            Device = "cpu",
            Precision = "float32",
            Threads = 2,
            Input = new(request.PicturePath, new string('a', 64), 8, 8, 3, 8),
            Output = new(Path.Join(request.OutputFolder, "out.png"), new string('b', 64), 8, 8, 3, 8),
            Iterations = 600,
            ChosenIteration = 590,
            IterationsPerSecond = 5,
            Seconds = 120,
            StoppedBy = "the fixed count",
            Energy = new(0.1, 0.01),
            Warnings = [],
            Generation = 0,
            PeakMemoryBytes = 1,
        });
    }
}
