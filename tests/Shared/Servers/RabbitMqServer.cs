using System.Diagnostics;

namespace DipPipeline.Tests.Servers;

/// <summary>
/// A RabbitMQ broker of our own: plain processes on loopback, with ports, node name, cookie, data and log in a temporary folder. Works
/// for any user, beside a broker of the system. Takes about 5 s to start: one for a test program, a virtual host for a test.
/// </summary>
internal sealed class RabbitMqServer : IAsyncDisposable
{
    /// <summary>Not Debian's <c>/usr/sbin/rabbitmq-server</c>, which runs as its own user only.</summary>
    private const string Programs = "/usr/lib/rabbitmq/bin";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>
    /// A session of its own, which ends as a whole when told to stop, when the pipe to this process closes (so also when this process
    /// is killed), and when the broker ends by itself. Erlang's port mapper first: without it the broker would start one that stays.
    /// </summary>
    private const string Supervisor =
        """
        epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 </dev/null >/dev/null 2>&1 &
        until epmd -names >/dev/null 2>&1; do sleep 0.1; done
        "$1" </dev/null & broker=$!
        (while kill -0 $broker 2>/dev/null; do sleep 1; done; kill -9 0) </dev/null >/dev/null 2>&1 &
        read order
        if [ "$order" = stop ]; then kill -TERM $broker; wait $broker; fi
        kill -9 0
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("rabbitmq-").FullName;
    private readonly int _distributionPort = FreePort.Next();
    private readonly int _epmdPort = FreePort.Next();
    private Process? _process;

    private RabbitMqServer(TimeSpan? consumerTimeout)
    {
        Management = new RabbitMqManagement(FreePort.Next());
        Directory.CreateDirectory(Path.Combine(_folder, "home"));
        File.WriteAllText(Path.Combine(_folder, "enabled_plugins"), "[rabbitmq_management].");
        File.WriteAllText(
            Path.Combine(_folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {Management.Port}
            collect_statistics_interval = 1000
            disk_free_limit.absolute = 10MB
            raft.wal_max_size_bytes = 67108864
            consumer_timeout = {(long)(consumerTimeout ?? TimeSpan.FromMinutes(30)).TotalMilliseconds}

            """);
        // How often a channel looks for deliveries beyond consumer_timeout: a minute by default. And no waiting for the disk, which
        // makes a difference only to a machine that loses its power.
        File.WriteAllText(
            Path.Combine(_folder, "advanced.config"),
            "[{rabbit, [{channel_tick_interval, 1000}, {quorum_tick_interval, 500}]}, {ra, [{wal_sync_method, none}]}].\n");
    }

    public static bool IsInstalled => File.Exists(Path.Combine(Programs, "rabbitmq-server"));

    /// <summary>For tests to skip with.</summary>
    public const string NotInstalled = "RabbitMQ is not installed: run ./test, or sudo apt-get install rabbitmq-server.";

    public int Port { get; } = FreePort.Next();

    public RabbitMqManagement Management { get; }

    /// <summary>What the broker logged, for a test that fails.</summary>
    public string LogFolder => Path.Combine(_folder, "log");

    /// <param name="consumerTimeout">After which the broker closes a channel that has not acknowledged a delivery; its default is 30 min.</param>
    public static async Task<RabbitMqServer> StartNewAsync(TimeSpan? consumerTimeout = null)
    {
        var server = new RabbitMqServer(consumerTimeout);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of a virtual host.</summary>
    public Uri Address(string virtualHost = "/") => AddressAt(Port, virtualHost);

    /// <summary>The same through a <see cref="TcpProxy"/>.</summary>
    public static Uri AddressAt(int port, string virtualHost) => new($"amqp://guest:guest@127.0.0.1:{port}/{Uri.EscapeDataString(virtualHost)}");

    /// <summary>Starts, or starts again with the data of before, and returns when clients are accepted.</summary>
    public async Task StartAsync()
    {
        var started = new TaskCompletionSource();
        var output = new List<string>();
        var process = new Process { StartInfo = StartInfo("setsid", "sh", "-c", Supervisor, "sh", Path.Combine(Programs, "rabbitmq-server")), EnableRaisingEvents = true };
        void Read(string? line)
        {
            lock (output)
            {
                output.Add(line ?? "");
            }

            if (line is not null && line.Contains("Starting broker... completed", StringComparison.Ordinal))
            {
                started.TrySetResult();
            }
        }

        process.OutputDataReceived += (_, args) => Read(args.Data);
        process.ErrorDataReceived += (_, args) => Read(args.Data);
        process.Exited += (_, _) => started.TrySetException(new InvalidOperationException($"RabbitMQ ended at its start:\n{string.Join('\n', output)}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        await started.Task.WaitAsync(Patience);
    }

    /// <summary>Returns when the broker is gone.</summary>
    /// <param name="kill">Without giving it time to close connections.</param>
    public async Task StopAsync(bool kill = false)
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        if (!process.HasExited)
        {
            await process.StandardInput.WriteLineAsync(kill ? "kill" : "stop");
            process.StandardInput.Close();
        }

        await process.WaitForExitAsync().WaitAsync(Patience);
        process.Dispose();
    }

    /// <summary>Closes every connection to a virtual host, as an operator does.</summary>
    public Task CloseConnectionsAsync(string virtualHost) => ControlAsync("close_all_connections", "--vhost", virtualHost, "by a test");

    /// <summary>Runs <c>rabbitmqctl</c>, which takes about a second; its output.</summary>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(Path.Combine(Programs, "rabbitmqctl"), arguments))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"rabbitmqctl {arguments[0]}: {await output}{await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(kill: true);
        Management.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ProcessStartInfo StartInfo(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        var variables = new Dictionary<string, string>
        {
            ["HOME"] = Path.Combine(_folder, "home"),
            ["LC_ALL"] = "C.UTF-8",
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_EPMD_PORT"] = $"{_epmdPort}",
            ["RABBITMQ_NODENAME"] = $"dip{Port}@localhost",
            ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "rabbitmq.conf"),
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(_folder, "advanced.config"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "enabled_plugins"),
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
            ["RABBITMQ_LOG_BASE"] = LogFolder,
        };
        foreach (var (name, value) in variables)
        {
            info.Environment[name] = value;
        }

        return info;
    }
}
