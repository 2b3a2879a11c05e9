using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Pipeline.Tests;

/// <summary>Folders, a catalogue, a virtual host, and the programs that work on them.</summary>
internal sealed class Farm : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly List<RunningProgram> _programs = [];
    private readonly Dictionary<string, string> _settings;
    private readonly RabbitMqServer? _broker;
    private readonly string _virtualHost;
    private readonly ServiceProvider _services;

    private Farm(RabbitMqServer? broker, string virtualHost, string? database, Uri? address)
    {
        (_broker, _virtualHost) = (broker, virtualHost);
        Folder = Directory.CreateTempSubdirectory("dip-farm-").FullName;
        Install("artifacts/fixtures/NoWork");
        Install("artifacts/fixtures/Aborts");

        _settings = new Dictionary<string, string>
        {
            ["Storage__Inputs"] = Path.Join(Folder, "watch"),
            ["Storage__Results"] = Path.Join(Folder, "restored"),
            ["Jobs__StandbyInterval"] = "00:00:00.2",
            ["Jobs__FirstDeferral"] = "00:00:01",
            ["Watcher__StabilityWindow"] = "00:00:00.3",
            ["Watcher__RescanInterval"] = "00:00:02",
            ["Watcher__ReconcileInterval"] = "00:00:01",
            ["Watcher__SilentAfter"] = "00:00:05",
            ["Watcher__CompanionTimeout"] = "00:00:03",
            ["Watcher__UnreadableTimeout"] = "00:00:02",
            ["Watcher__Plugins"] = Path.Join(Folder, "plugins"),
            ["Host__Plugins"] = Path.Join(Folder, "plugins"),
            ["Host__Scratch"] = Path.Join(Folder, "scratch"),
            ["Host__Device"] = "cpu",
            ["Host__Slots"] = "1",
            ["Host__CheckpointInterval"] = "00:00:00.3",
            ["Host__ClaimBeat"] = "00:00:00.1",
            ["Host__ClaimStaleAfter"] = "00:00:01",
            ["Health__Port"] = "0",
        };
        if (address is not null)
        {
            _settings["Messaging__RabbitMq"] = address.ToString();
            _settings["Messaging__Heartbeat"] = "00:00:05";
        }

        if (database is not null)
        {
            _settings["Jobs__Provider"] = "postgres";
            _settings["Jobs__ConnectionString"] = database;
        }
        else
        {
            _settings["Jobs__File"] = Path.Join(Folder, "restored/.dip/jobs.db");
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_settings.ToDictionary(s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => (string?)s.Value)).Build();
        _services = new ServiceCollection().AddLogging().AddJobCatalogue(configuration.GetSection("Jobs")).BuildServiceProvider();
    }

    public string Folder { get; }

    /// <summary>The connection string of its database.</summary>
    public string Database => _settings["Jobs__ConnectionString"];

    public JobCatalogue Catalogue => _services.GetRequiredService<JobCatalogue>();

    /// <summary>Programs started from now on are an unprivileged user's, who owns the farm's folder, whoever runs the tests.</summary>
    public bool LikeAnyUser { get; set; }

    public IReadOnlyList<RunningProgram> Programs => _programs;

    public string VirtualHost => _virtualHost;

    /// <summary>Separate processes around the broker and PostgreSQL.</summary>
    /// <param name="broker">The tests' broker.</param>
    /// <param name="through">A way to the broker that can be cut; <see langword="null"/> goes straight.</param>
    public static async Task<Farm> SharedAsync(RabbitMqServer broker, TcpProxy? through = null)
    {
        var database = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(TestContext.Current.CancellationToken);
        var host = await broker.Management.CreateVirtualHostAsync();
        return new Farm(broker, host, database, through is null ? broker.Address(host) : RabbitMqServer.AddressAt(through.Port, host));
    }

    /// <summary>One process, an SQLite file, no server.</summary>
    public static Farm Embedded() => new(null, "", null, null);

    /// <summary>A plugin of the repository, under <c>plugins/</c> or among the fixtures, into the farm's.</summary>
    /// <returns>Its folder.</returns>
    public string Install(string plugin)
    {
        var to = Directory.CreateDirectory(Path.Join(Folder, "plugins", Path.GetFileName(plugin))).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Join(Metadata("RepositoryRoot"), plugin)))
        {
            File.Copy(file, Path.Join(to, Path.GetFileName(file)));
        }

        return to;
    }

    public RunningProgram StartWatcher(params (string Name, string Value)[] settings) => Start("watcher", "Watcher", settings);

    public RunningProgram StartHost(string name, params (string Name, string Value)[] settings) =>
        Start(name, "Host", [("Host__Name", name), .. settings]);

    public RunningProgram StartHostWith(string[] arguments, params (string Name, string Value)[] settings) =>
        Start("host", "Host", settings, arguments);

    public RunningProgram StartUp(params (string Name, string Value)[] settings) =>
        Start("up", "Cli", settings, "up", "--watch", Path.Join(Folder, "watch"), "--out", Path.Join(Folder, "restored"));

    /// <summary><c>dip</c> with these words, on the farm's settings.</summary>
    public RunningProgram StartDip(params string[] arguments) => StartDipWith([], arguments);

    /// <summary>The same, with settings on top.</summary>
    public RunningProgram StartDipWith((string Name, string Value)[] settings, params string[] arguments) => Start("dip", "Cli", settings, arguments);

    /// <summary>The same, to its end.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> DipAsync(params string[] arguments)
    {
        var program = StartDip(arguments);
        Assert.True(await program.EndAsync(TimeSpan.FromSeconds(60)) == 0, program.ToString());
        return string.Join(Environment.NewLine, program.Said);
    }

    public RunningProgram StartDemo() => Start("demo", "Cli", [], "demo", "--out", Folder);

    /// <summary>Starts a program, and waits for a line of its log.</summary>
    public async Task<RunningProgram> ReadyAsync(RunningProgram program, string line)
    {
        await UntilAsync(() => Task.FromResult(program.Log.Any(l => l.Contains(line, StringComparison.Ordinal))), $"'{program.Name}' says '{line}'");
        return program;
    }

    /// <summary>A gray picture of noise whose content is its number's.</summary>
    public string Drop(string name, int number, int size = 32, string task = "nothing")
    {
        var path = InWatch($"{task}/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Draw(path, number, size);
        return $"{task}/{name}";
    }

    public static void Draw(string path, int number, int size = 32)
    {
        var random = new Random(number);
        PictureWriter.WritePng(new Picture(size, size, 1, 8, [.. Enumerable.Range(0, size * size).Select(_ => random.NextSingle())]), path);
    }

    /// <summary>The options of all pictures in a task's folder.</summary>
    public void Options(string preset, params (string Name, string Value)[] options) => OptionsOf("nothing", preset, options);

    public void OptionsOf(string task, string preset, params (string Name, string Value)[] options) =>
        Write($"{task}/.dip.json", JsonSerializer.Serialize(new { preset, options = options.ToDictionary(o => o.Name, o => o.Value) }));

    /// <summary>For the fixture's option <c>hold</c>: while this file is there, an iteration takes as long.</summary>
    public string Hold() => Path.Join(Folder, "hold");

    /// <summary>Holds the iteration that comes next.</summary>
    public async Task HoldAsync()
    {
        await File.WriteAllTextAsync(Hold(), "", TestContext.Current.CancellationToken);
        await UntilAsync(() => Task.FromResult(File.Exists(Hold() + ".held")), "an iteration is held");
    }

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(InWatch(name))!);
        File.WriteAllText(InWatch(name), text);
    }

    public string InWatch(string name) => Path.Join(Folder, "watch", name);

    public string Result(string name) => Path.Join(Folder, "restored", name);

    public RestorationMetrics Metrics(string output) => RestorationMetrics.Parse(File.ReadAllText(Path.ChangeExtension(Result(output), ".json")));

    public Task<IReadOnlyList<JobSummary>> JobsAsync() => Catalogue.ListAsync(new JobFilter());

    public Task<IReadOnlyList<JobSummary>> UntilAsync(Func<IReadOnlyList<JobSummary>, bool> condition, string what, TimeSpan? patience = null) => UntilAsync(async () =>
    {
        IReadOnlyList<JobSummary> jobs;
        try
        {
            jobs = await JobsAsync();
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException)
        {
            return null; // Before the Watcher has made the tables.
        }

        return condition(jobs) ? jobs : null;
    }, what, patience);

    public Task<IReadOnlyList<JobSummary>> UntilDoneAsync(int count, TimeSpan? patience = null) => UntilAsync(
        jobs => jobs.Count >= count && jobs.All(job => job.State > JobState.Running), $"{count} jobs have ended", patience);

    public Task UntilAsync(Func<Task<bool>> condition, string what) => UntilAsync<object>(async () => await condition() ? this : null, what);

    /// <summary>No message was put aside: nothing was delivered too often, no handler threw, none was of an unknown kind.</summary>
    public async Task AssertNothingAsideAsync()
    {
        foreach (var queue in (await _broker!.Management.QueuesAsync(_virtualHost)).Where(name => name.EndsWith("_dead", StringComparison.Ordinal) || name.EndsWith("_error", StringComparison.Ordinal) || name.EndsWith("_skipped", StringComparison.Ordinal)))
        {
            Assert.Empty(await _broker.Management.TakeAsync(_virtualHost, queue));
        }
    }

    public void AssertNoStateLeft() => Assert.Empty(Directory.Exists(Result(".dip/state")) ? Directory.GetFileSystemEntries(Result(".dip/state")) : []);

    /// <summary>What a test prints when it fails.</summary>
    public async Task<string> TellAsync()
    {
        var jobs = await JobsAsync();
        return string.Join(Environment.NewLine, [.. jobs.Select(j => $"{j.JobId} {j.Path} {j.State} slice {j.Slice} generation {j.Generation} host {j.Host} {j.Progress?.Iteration} {j.Reason}"), .. _programs.Select(p => p.ToString())]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
        {
            await program.DisposeAsync();
        }

        await _services.DisposeAsync();
        if (_broker is not null)
        {
            await _broker.Management.DeleteVirtualHostAsync(_virtualHost);
        }

        Directory.Delete(Folder, recursive: true);
    }

    private RunningProgram Start(string name, string project, IEnumerable<(string Name, string Value)> settings, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(_settings)
        {
            ["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1",
            ["DIP_PLUGINS"] = Path.Join(Folder, "plugins"),
            ["DOTNET_gcServer"] = "0",
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        if (LikeAnyUser && Environment.IsPrivilegedProcess)
        {
            environment["HOME"] = Folder;
            using var owning = Process.Start("chown", ["-R", $"{RunningProgram.AnyUser}:{RunningProgram.AnyUser}", Folder]);
            owning.WaitForExit();
            Assert.Equal(0, owning.ExitCode);
        }

        var program = new RunningProgram(name, Path.Join(Metadata("PublishedFolder"), $"DipPipeline.{project}", $"DipPipeline.{project}.dll"), environment, LikeAnyUser, arguments);
        _programs.Add(program);
        return program;
    }

    private async Task<T> UntilAsync<T>(Func<Task<T?>> condition, string what, TimeSpan? patience = null)
        where T : class
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await condition() is { } met)
            {
                return met;
            }

            if (Stopwatch.GetElapsedTime(began) > (patience ?? s_patience))
            {
                Assert.Fail($"Waited in vain until {what}.{Environment.NewLine}{await TellAsync()}");
            }

            // What other processes do cannot be awaited but by looking.
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static string Metadata(string key) => typeof(Farm).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
