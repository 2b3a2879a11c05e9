using System.Diagnostics;
using System.Globalization;
using DipPipeline.Tests.Servers;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServerEnd))]

namespace DipPipeline.Tests.Servers;

/// <summary>
/// A PostgreSQL of the test process's own, started when it is first asked for: the system's programs, a folder among the temporary ones,
/// a free port of this machine. It ends with the process, however that ends. Tests take databases of their own.
/// </summary>
internal sealed class PostgresServer
{
    private static readonly Lazy<Task<PostgresServer>> Server = new(StartAsync);

    private readonly int _port;
    private readonly Process _guard;
    private int _databases;

    private PostgresServer(int port, Process guard) => (_port, _guard) = (port, guard);

    /// <summary>The one server of this process. Where PostgreSQL is not installed, the test is skipped.</summary>
    public static Task<PostgresServer> GetAsync()
    {
        Assert.SkipWhen(Programs() is null, "PostgreSQL is not installed; ./test installs it.");
        return Server.Value;
    }

    /// <summary>Makes an empty database. It takes 7 MB and a moment: a class of tests shares one where it can.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionString(name);
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Database={database};Username=postgres;Include Error Detail=true;Maximum Pool Size=20";

    private static async Task<PostgresServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dip-postgres-").FullName;
        var port = FreePort.Next();
        var guard = Process.Start(Guard(Programs()!, folder, port))!;
        if (await guard.StandardOutput.ReadLineAsync() is not "ready")
        {
            throw new InvalidOperationException($"PostgreSQL did not start: {await guard.StandardError.ReadToEndAsync()}");
        }

        return new(port, guard);
    }

    // A shell between this process and the server: when this process ends, even killed, the shell's standard input ends, and it stops
    // the server and removes the folder. A session of its own keeps signals to the tests' process group from it. PostgreSQL refuses to
    // run as root: there it runs as the user that its package made.
    private static ProcessStartInfo Guard(string programs, string folder, int port)
    {
        var script = $$"""
            cd '{{folder}}'
            fail() { cat log >&2; exit 1; }
            trap 'kill -QUIT $server 2>/dev/null; wait; cd /; rm -rf {{folder}}' EXIT
            '{{programs}}/initdb' -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >log 2>&1 || fail
            '{{programs}}/postgres' -D data -p {{port}} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
              -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 >>log 2>&1 </dev/null &
            server=$!
            until '{{programs}}/pg_isready' -q -h 127.0.0.1 -p {{port}}; do kill -0 $server 2>/dev/null || fail; sleep 0.1; done
            echo ready
            read -r _
            """;
        string[] asItsUser = [];
        if (Environment.IsPrivilegedProcess)
        {
            asItsUser = ["runuser", "-u", "postgres", "--"];
            using var chown = Process.Start("chown", ["postgres", folder]);
            chown.WaitForExit();
        }

        return new("setsid", [.. asItsUser, "bash", "-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
    }

    /// <summary>Stops it where it was started.</summary>
    internal static async Task StopAsync()
    {
        if (Server.IsValueCreated)
        {
            var guard = (await Server.Value)._guard;
            guard.StandardInput.Close();
            await guard.WaitForExitAsync();
        }
    }

    /// <summary>The newest version's, where Debian and its kin put them.</summary>
    private static string? Programs() => !Directory.Exists("/usr/lib/postgresql")
        ? null
        : Directory.EnumerateDirectories("/usr/lib/postgresql")
            .Where(version => File.Exists(Path.Join(version, "bin/initdb")))
            .MaxBy(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0) is { } newest
            ? Path.Join(newest, "bin")
            : null;
}

/// <summary>The test framework disposes of it after the last test.</summary>
public sealed class PostgresServerEnd : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await PostgresServer.StopAsync();
}
