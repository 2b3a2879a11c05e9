using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Messaging;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using DipPipeline.Tests;
using JobState = DipPipeline.Jobs.JobState;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher.Tests;

/// <summary>Folders, a catalogue in a file and a broker of the test's own, which outlive the Watchers that are started on them.</summary>
internal sealed class WatcherRig : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string?> _settings;
    private readonly List<RunningWatcher> _running = [];

    public WatcherRig(params (string Key, string Value)[] settings)
    {
        FixtureTasks.Write(Files);
        _settings = new()
        {
            ["Storage:Inputs"] = Files.At("watch"),
            ["Storage:Results"] = Files.At("restored"),
            ["Storage:RetryDelay"] = "00:00:00.010",
            ["Storage:Retries"] = "2",
            ["Jobs:File"] = Files.At("jobs.db"),
            ["Jobs:StandbyInterval"] = "00:00:00.050",
            ["Watcher:Plugins"] = Files.At("plugins"),
            ["Watcher:StabilityWindow"] = "00:00:00",
        };
        foreach (var (key, value) in settings)
        {
            _settings[key] = value;
        }
    }

    public TemporaryFolder Files { get; } = new();

    public FakeBus Bus { get; } = new();

    /// <summary>The inputs' store as Watchers have it; of the one that started last.</summary>
    public HookedStore Inputs { get; private set; } = null!;

    /// <summary>The results' store as Watchers have it; of the one that started last.</summary>
    public HookedStore Results { get; private set; } = null!;

    public LogLines Log { get; } = new();

    /// <summary>The clock of Watchers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public void Set(string key, string value) => _settings[key] = value;

    /// <summary>A picture, whole at once.</summary>
    public void Drop(string path, string? content = null)
    {
        var written = Files.Write("dropping/picture", content ?? path);
        var target = Files.At("watch/" + path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(written, target, overwrite: true);
    }

    public string Result(string path) => Files.At("restored/" + path);

    /// <summary>Starts a Watcher; its default folders are there when this returns, if it leads.</summary>
    public async Task<RunningWatcher> StartAsync(bool leads = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.Logging.AddProvider(Log);
        builder.Services.AddSingleton<IPipelineBus>(Bus).AddSingleton<IRestoreQueue>(Bus).AddSingleton<IBusHealth>(Bus);
        builder.Services.AddOptions<MessagingOptions>().Bind(builder.Configuration.GetSection(MessagingOptions.Section));
        var services = new ServiceCollection().AddLogging().AddStorage(builder.Configuration).AddS3Storage(builder.Configuration).BuildServiceProvider();
        var storage = services.GetRequiredService<PipelineStorage>();
        (Inputs, Results) = (new HookedStore(storage.Inputs), new HookedStore(storage.Results));
        builder.Services.AddSingleton(storage with { Inputs = Inputs, Results = Results });
        builder.Services.AddOptions<StorageOptions>().Bind(builder.Configuration.GetSection(StorageOptions.Section));
        builder.Services.AddSingleton(Time);
        builder.Services.AddWatcher(builder.Configuration).AddWatcherHealth();
        var watcher = new RunningWatcher(builder.Build(), services, this);
        _running.Add(watcher);
        await watcher.Host.StartAsync(TestContext.Current.CancellationToken);
        if (leads)
        {
            await UntilAsync(() => Task.FromResult(watcher.Host.Services.GetRequiredService<WatcherStatus>().Role == WatcherRole.Leading));
        }

        return watcher;
    }

    /// <summary>Waits for something that nobody tells: what the Watcher wrote into a file, or into its catalogue.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            Assert.True(await timer.WaitForNextTickAsync(patience.Token));
        }
    }

    public static Task UntilFileAsync(string path, bool isThere = true) => UntilAsync(() => Task.FromResult(File.Exists(path) == isThere));

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _running)
        {
            await watcher.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Files.Dispose();
    }

    /// <summary>A Watcher under test, and what a Host would say to it.</summary>
    internal sealed class RunningWatcher(IHost host, ServiceProvider storage, WatcherRig rig) : IAsyncDisposable
    {
        private bool _isStopped;

        public IHost Host => host;

        public JobCatalogue Catalogue => host.Services.GetRequiredService<JobCatalogue>();

        /// <summary>Says something as a Host does.</summary>
        public Task SayAsync(params IJobEvent[] events) => HandleAsync<IReadOnlyList<IJobEvent>>(events);

        public async Task HandleAsync<T>(T message)
        {
            using var scope = host.Services.CreateScope();
            await scope.ServiceProvider.GetRequiredService<IMessageHandler<T>>().HandleAsync(message, new Delivery(false, null), TestContext.Current.CancellationToken);
        }

        /// <summary>Does a job as a Host does: four files, then the word.</summary>
        public async Task CompleteAsync(RestoreImage job)
        {
            var content = $"restored {job.JobId} {job.Generation}";
            foreach (var path in new ResultFiles(job.Output).All.SkipLast(1))
            {
                rig.Files.Write("restored/" + path, path == job.Output ? content : "part of " + content);
            }

            var metrics = Metrics(job, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content))));
            rig.Files.Write("restored/" + new ResultFiles(job.Output).Metrics, metrics.ToJson());
            await SayAsync(new RestorationCompleted(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, metrics));
        }

        public async Task<JobState?> StateAsync(string path) =>
            (await Catalogue.ListAsync(new JobFilter(), TestContext.Current.CancellationToken)).FirstOrDefault(j => j.Path == path)?.State;

        public async Task<JobSummary> JobAsync(string path)
        {
            JobSummary? job = null;
            await UntilAsync(async () => (job = (await Catalogue.ListAsync(new JobFilter(), TestContext.Current.CancellationToken)).FirstOrDefault(j => j.Path == path)) is not null);
            return job!;
        }

        public async Task StopAsync()
        {
            if (!_isStopped)
            {
                _isStopped = true;
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
                await storage.DisposeAsync();
            }
        }

        public async ValueTask DisposeAsync() => await StopAsync();

        private static RestorationMetrics Metrics(RestoreImage job, string sha256) => new()
        {
            JobId = job.JobId,
            Task = job.Task,
            Plugin = new(job.Task, job.PluginVersion),
            EngineVersion = "1",
            Preset = job.Preset,
            Options = job.Options,
            Seed = job.Seed,
            Device = "cpu",
            Precision = "float32",
            Threads = 1,
            Input = new(job.Picture.Path, job.Picture.Sha256, 1, 1, 3, 8),
            Output = new(job.Output, sha256, 1, 1, 3, 8),
            Iterations = 1,
            ChosenIteration = 1,
            IterationsPerSecond = 1,
            Seconds = 1,
            StoppedBy = "end",
            Energy = new(1, 0),
            Warnings = [],
            Generation = job.Generation,
            PeakMemoryBytes = 1,
        };
    }
}
