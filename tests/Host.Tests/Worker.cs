using System.Reflection;
using System.Security.Cryptography;
using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;
using DipPipeline.PluginHost;
using DipPipeline.Storage;
using DipPipeline.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Host.Tests;

/// <summary>A Host as its program composes it, in folders of its own; only the bus is a fake.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private static readonly string s_repository = typeof(Worker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private readonly bool _ownsFolder;
    private readonly ServiceProvider _storage;
    private readonly ServiceProvider _services;

    public Worker(string? folder = null, params (string Name, string Value)[] settings)
        : this(folder, TimeProvider.System, settings)
    {
    }

    public Worker(string? folder, TimeProvider time, params (string Name, string Value)[] settings)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("dip-worker-").FullName;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Inputs"] = Path.Join(Folder, "watch"),
            ["Storage:Results"] = Path.Join(Folder, "restored"),
            ["Storage:RetryDelay"] = "00:00:00.010",
            ["Storage:Retries"] = "2",
            ["Host:Plugins"] = Path.Join(s_repository, "artifacts/fixtures"),
            ["Host:Scratch"] = Path.Join(Folder, "scratch"),
            ["Host:Device"] = "cpu",
            ["Host:ClaimBeat"] = "00:00:00.050",
            ["Host:ClaimStaleAfter"] = "00:00:00.300",
            ["Host:ClaimPatience"] = "00:00:10",
        }.Concat(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).GroupBy(p => p.Key).Select(g => g.Last())).Build();
        _storage = new ServiceCollection().AddLogging().AddStorage(configuration).BuildServiceProvider();
        var storage = _storage.GetRequiredService<PipelineStorage>();
        Results = new HookedStore(storage.Results);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(storage with { Results = Results })
            .AddSingleton(time)
            .AddHost(configuration)
            .AddSingleton(new DeviceWatch(["cpu"], device => Computes(device), time))
            .AddSingleton<IPipelineBus>(Bus)
            .AddSingleton<IHostApplicationLifetime>(Lifetime)
            .AddSingleton<IRestoreQueue>(Bus)
            .AddSingleton<IBusHealth>(Bus)
            .BuildServiceProvider();
    }

    public string Folder { get; }

    /// <summary>The results' store as the Host has it.</summary>
    public HookedStore Results { get; }

    public FakeBus Bus { get; } = new();

    public FakeLifetime Lifetime { get; } = new();

    /// <summary>Whether the device does.</summary>
    public Func<string, bool> Computes { get; set; } = _ => true;

    public PipelineStorage Storage => Get<PipelineStorage>();

    /// <summary>What runs beside the jobs.</summary>
    public IReadOnlyList<IHostedService> Loops => [.. _services.GetServices<IHostedService>().Where(s => s is HostAnnouncer or LateReleases or OrphanSweeper)];

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>As the broker delivers: returns when the message is acknowledged.</summary>
    public Task Handle(RestoreImage message, bool redelivered = false) => Deliver(message, redelivered, CancellationToken.None);

    /// <inheritdoc cref="Handle(RestoreImage, bool)"/>
    public async Task Deliver(RestoreImage message, bool redelivered, CancellationToken lost)
    {
        using var scope = _services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<IMessageHandler<RestoreImage>>().HandleAsync(message, new Delivery(redelivered, null), lost);
    }

    public async Task Cancel(RestoreImage message)
    {
        await Storage.State(message.JobId).CancelAsync(new CancelMark(message.Generation, "cancelled by a person"), default);
        using var scope = _services.CreateScope();
        await scope.ServiceProvider.GetRequiredService<IMessageHandler<CancelRestoration>>()
            .HandleAsync(new(message.JobId, message.Generation), new Delivery(false, null), default);
    }

    /// <summary>A picture in the inputs, and the message to restore it.</summary>
    public RestoreImage Drop(string name = "nothing/photo.png", int generation = 1, string preset = "once", int size = 32, params (string Name, string Value)[] set)
    {
        var path = Path.Join(Folder, "watch", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            var random = new Random(1);
            PictureWriter.WritePng(new Picture(size, size, 1, 8, [.. Enumerable.Range(0, size * size).Select(_ => random.NextSingle())]), path);
        }

        return Message(name, generation, preset, set);
    }

    public RestoreImage Message(string name, int generation = 1, string preset = "once", params (string Name, string Value)[] set)
    {
        var bytes = File.ReadAllBytes(Path.Join(Folder, "watch", name));
        var task = Get<PluginCatalogue>().Describe("nothing");
        var options = OptionResolver.Resolve(task, preset, set.Select(s => KeyValuePair.Create(s.Name, s.Value)));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return new RestoreImage
        {
            JobId = JobId.Derive(sha256, [], task.Id, task.Version, options, 0),
            Generation = generation,
            Task = task.Id,
            PluginVersion = task.Version,
            Preset = preset,
            Options = options.Values.ToDictionary(),
            Seed = 0,
            Picture = new(name, sha256, bytes.Length),
            Output = name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? name[..^4] + ".png" : name + ".png",
        };
    }

    public string Result(string output) => Path.Join(Folder, "restored", output);

    public RestorationMetrics Metrics(string output) => RestorationMetrics.Parse(File.ReadAllText(Path.ChangeExtension(Result(output), ".json")));

    /// <summary>What is left of running jobs.</summary>
    public IReadOnlyList<string> StateFolders => Directory.Exists(Result(".dip/state")) ? Directory.GetFileSystemEntries(Result(".dip/state")) : [];

    public IReadOnlyList<string> ScratchFolders => Directory.Exists(Path.Join(Folder, "scratch")) ? Directory.GetFileSystemEntries(Path.Join(Folder, "scratch")) : [];

    public PreparedTask Prepared(RestoreImage message) => Get<JobWork>().Prepare(message);

    /// <summary>Iterations fail as libtorch does, until the file is removed.</summary>
    /// <param name="says">libtorch's words.</param>
    public (RestoreImage Message, string File) DropFaulty(string says)
    {
        var file = Path.Join(Folder, "fault.txt");
        File.WriteAllText(file, says);
        return (Drop(set: ("fault", file)), file);
    }

    /// <summary>The process dies: nothing is released, signs of life end.</summary>
    public async Task<JobClaim> Abandoned(RestoreImage message, int fromIteration = 0, int crashes = 0, int? slice = null)
    {
        var claim = new JobClaim
        {
            Owner = Guid.NewGuid().ToString("N"), Host = "dead", Generation = message.Generation, Slice = slice ?? message.Slice,
            Since = DateTimeOffset.UnixEpoch, FromIteration = fromIteration, Crashes = crashes,
        };
        await Storage.State(message.JobId).WriteClaimAsync(claim, default);
        return claim;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _storage.DisposeAsync();
        Lifetime.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

internal sealed class FakeLifetime : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public CancellationToken ApplicationStarted => default;

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => default;

    public void StopApplication() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();
}
