using System.Diagnostics;
using Amazon.S3.Model;
using DipPipeline.Deployment.Tests.Programs;
using DipPipeline.Tests.Servers;
using Npgsql;

namespace DipPipeline.Deployment.Tests.Containers;

/// <summary>
/// The services of docker-compose.yml in sandboxes, around a RabbitMQ and a PostgreSQL that know them by docker/make-secrets; with
/// docker-compose.s3.yml around an S3 server, too.
/// </summary>
internal sealed class ComposedFarm : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private readonly ImageFile _images = new();
    private readonly RabbitMqServer _broker;
    private readonly Compose _compose;
    private readonly S3Server? _store;
    private readonly List<Sandbox> _sandboxes = [];
    private readonly HttpClient _client = new();

    private ComposedFarm(string folder, RabbitMqServer broker, Compose compose, S3Server? store) => (Folder, _broker, _compose, _store) = (folder, broker, compose, store);

    public string Folder { get; }

    /// <param name="isOnS3">Whether pictures and results are in a bucket.</param>
    public static async Task<ComposedFarm> StartAsync(bool isOnS3 = false)
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        Assert.SkipUnless(Repository.Has("bwrap"), Sandbox.NotInstalled);
        var cancelled = TestContext.Current.CancellationToken;
        var store = isOnS3 ? await S3Server.GetAsync(isConditional: true) : null;
        var database = new NpgsqlConnectionStringBuilder(await (await PostgresServer.GetAsync()).CreateDatabaseAsync(cancelled));
        var broker = await RabbitMqServer.StartNewAsync();
        var folder = Directory.CreateTempSubdirectory("dip-composed-").FullName;
        try
        {
            return await StartAsync(database, broker, store, folder);
        }
        catch
        {
            await broker.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private static async Task<ComposedFarm> StartAsync(NpgsqlConnectionStringBuilder database, RabbitMqServer broker, S3Server? store, string folder)
    {
        var cancelled = TestContext.Current.CancellationToken;
        var secrets = Path.Join(folder, "secrets");
        var (code, _, errors) = await Repository.RunAsync(
            new Dictionary<string, string> { ["RABBITMQ"] = $"127.0.0.1:{broker.Port}", ["POSTGRES"] = $"127.0.0.1:{database.Port}" }, isAll: false, "docker/make-secrets", secrets);
        Assert.True(code == 0, errors);
        await broker.Management.ImportAsync(await File.ReadAllTextAsync(Path.Join(secrets, "rabbitmq_definitions.json"), cancelled));
        await ExecuteAsync(database, "DROP DATABASE IF EXISTS dip WITH (FORCE)", "DROP ROLE IF EXISTS dip", $"CREATE ROLE dip LOGIN PASSWORD '{await File.ReadAllTextAsync(Path.Join(secrets, "postgres_password"), cancelled)}'", "CREATE DATABASE dip OWNER dip");
        // The server knows one user, and looks at no password.
        var credentials = Path.Join(secrets, "s3_credentials");
        var text = await File.ReadAllTextAsync(credentials, cancelled);
        Assert.Contains("aws_access_key_id = dip\n", text, StringComparison.Ordinal);
        File.Delete(credentials);
        await File.WriteAllTextAsync(credentials, text.Replace("= dip\n", $"= {S3Server.AccessKey}\n", StringComparison.Ordinal), cancelled);
        foreach (var name in (string[])["watch", "restored", "manifests", "plugins"])
        {
            Directory.CreateDirectory(Path.Join(folder, name));
        }

        var compose = await Compose.ReadAsync(new Dictionary<string, string>
        {
            ["DIP_WATCH"] = Path.Join(folder, "watch"), ["DIP_RESTORED"] = Path.Join(folder, "restored"), ["DIP_SECRETS_FOLDER"] = secrets, ["S3_BUCKET"] = S3Server.Bucket,
        }, [.. store is null ? Array.Empty<string>() : ["-f", "docker-compose.s3.yml"], "--profile", "tools"]);
        var farm = new ComposedFarm(folder, broker, compose, store);
        farm.Install("artifacts/fixtures/NoWork");
        return farm;
    }

    /// <summary>Brings a picture to where the Watcher looks.</summary>
    public async Task DropAsync(string name, byte[] picture)
    {
        if (_store is { } store)
        {
            using var client = store.Client();
            using var content = new MemoryStream(picture);
            await client.PutObjectAsync(new PutObjectRequest { BucketName = S3Server.Bucket, Key = $"watch/{name}", InputStream = content, UseChunkEncoding = false }, TestContext.Current.CancellationToken);
            return;
        }

        var path = Path.Join(Folder, "watch", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, picture, TestContext.Current.CancellationToken);
    }

    /// <summary>The names of all results, with what the programs keep beside them.</summary>
    public async Task<IReadOnlyList<string>> ResultsAsync()
    {
        var folder = Path.Join(Folder, "restored");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).ToList();
        if (_store is null)
        {
            return files;
        }

        Assert.Empty(files);
        return [.. (await _store.KeysAsync("restored/")).Select(key => key["restored/".Length..])];
    }

    /// <summary>Gives the folders to the services' user, as an operator does.</summary>
    public async Task OwnAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            await Repository.OutputAsync("chown", "-R", (string)_compose.Service("host")["user"], Path.Join(Folder, "watch"), Path.Join(Folder, "restored"));
            // The way there is to be open, as /srv is.
            await Repository.OutputAsync("chmod", "755", Folder, Path.Join(Folder, "secrets"));
        }
    }

    /// <summary>Starts a service, or runs its program with other arguments, on a port of the test's own.</summary>
    public Sandbox Start(string service, string program, int port, params string[] arguments)
    {
        var environment = Variables(service);
        Assert.Equal("true", _compose.Service(service)["read_only"]);
        environment["Health__Port"] = $"{port}";
        var sandbox = new Sandbox(((string)_compose.Service(service)["user"]).Split(':')[0], Mounts(service, program), environment, [Sandbox.Dotnet, $"/app/DipPipeline.{program}.dll", .. arguments]);
        _sandboxes.Add(sandbox);
        return sandbox;
    }

    /// <summary>The image that needs no server, as <c>docker run --read-only --tmpfs /tmp</c> with two volumes would run it.</summary>
    public Sandbox StartAllInOne(int port, params string[] arguments)
    {
        var environment = _images.Environment("all-in-one");
        environment["Health__Port"] = $"{port}";
        string[] mounts =
        [
            "--ro-bind", Path.GetDirectoryName(Repository.Published("Cli"))!, "/app", "--ro-bind", Path.Join(Folder, "plugins"), "/plugins",
            "--bind", Path.Join(Folder, "watch"), "/data/watch", "--bind", Path.Join(Folder, "restored"), "/data/restored", "--tmpfs", "/tmp",
        ];
        var sandbox = new Sandbox(_images.Last("all-in-one", "USER").Split(':')[0], mounts, environment, [Sandbox.Dotnet, "/app/DipPipeline.Cli.dll", "up", .. arguments]);
        _sandboxes.Add(sandbox);
        return sandbox;
    }

    /// <summary>A command where a service would run.</summary>
    public Sandbox Run(string service, string program, params string[] command)
    {
        var sandbox = new Sandbox(((string)_compose.Service(service)["user"]).Split(':')[0], Mounts(service, program), Variables(service), command);
        _sandboxes.Add(sandbox);
        return sandbox;
    }

    /// <summary>A command in the image with the command line, where it is called <c>dip</c>.</summary>
    public Sandbox RunTools(params string[] command)
    {
        var link = _images.Lines("all-in-one").Single(l => l.Word == "RUN" && l.Text.StartsWith("ln -s ", StringComparison.Ordinal)).Text.Split(' ');
        string[] mounts = [.. Mounts("dip", "Cli"), "--tmpfs", Path.GetDirectoryName(link[3])!, "--symlink", link[2], link[3]];
        // Where this machine has the runtime; images have it where programs look.
        var environment = new Dictionary<string, string>(Variables("dip")) { ["DOTNET_ROOT"] = Path.GetDirectoryName(Sandbox.Dotnet)! };
        var sandbox = new Sandbox(((string)_compose.Service("dip")["user"]).Split(':')[0], mounts, environment, command);
        _sandboxes.Add(sandbox);
        return sandbox;
    }

    /// <summary>How long compose lets a service stop.</summary>
    public TimeSpan Grace(string service) => TimeSpan.FromSeconds(int.Parse(((string)_compose.Service(service)["stop_grace_period"]).TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture));

    public async Task<string?> AskAsync(int port, string path)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null; // Not listening yet.
        }
    }

    public async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > s_patience)
            {
                Assert.Fail($"Waited in vain until {what}.{Environment.NewLine}{string.Join($"{Environment.NewLine}--{Environment.NewLine}", _sandboxes)}");
            }

            // What other processes do cannot be awaited but by looking.
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sandbox in _sandboxes)
        {
            await sandbox.DisposeAsync();
        }

        _client.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // The image's, and over it what compose says.
    private Dictionary<string, string> Variables(string service)
    {
        var environment = _images.Environment(service == "dip" ? "all-in-one" : service);
        foreach (var (name, value) in _compose.Environment(service))
        {
            environment[name] = value;
        }

        if (_store is not null)
        {
            Assert.True(environment.ContainsKey("Storage__S3__Endpoint"));
            environment["Storage__S3__Endpoint"] = _store.Endpoint.ToString();
        }

        return environment;
    }

    // Volumes, secrets and scratch as compose says, the program and its plugins as the image has them.
    private List<string> Mounts(string service, string program)
    {
        List<string> mounts = ["--ro-bind", Path.GetDirectoryName(Repository.Published(program))!, "/app", "--ro-bind", Path.Join(Folder, service == "watcher" ? "manifests" : "plugins"), "/plugins"];
        foreach (var volume in _compose.List(service, "volumes").Cast<string>().Select(v => v.Split(':')))
        {
            mounts.AddRange([volume is [_, _, "ro"] ? "--ro-bind" : "--bind", volume[0], volume[1]]);
        }

        foreach (var (name, file) in _compose.Secrets(service))
        {
            mounts.AddRange(["--ro-bind", file, $"/run/secrets/{name}"]);
        }

        mounts.AddRange(_compose.List(service, "tmpfs").Cast<string>().SelectMany(t => (string[])["--tmpfs", t.Split(':')[0]]));
        return mounts;
    }

    private void Install(string plugin)
    {
        foreach (var (to, pattern) in (ReadOnlySpan<(string, string)>)[("plugins", "*"), ("manifests", "plugin.json")])
        {
            var folder = Directory.CreateDirectory(Path.Join(Folder, to, Path.GetFileName(plugin))).FullName;
            foreach (var file in Directory.EnumerateFiles(Repository.At(plugin), pattern))
            {
                File.Copy(file, Path.Join(folder, Path.GetFileName(file)));
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnectionStringBuilder server, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
