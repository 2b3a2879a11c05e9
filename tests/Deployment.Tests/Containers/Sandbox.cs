using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DipPipeline.Deployment.Tests.Containers;

/// <summary>
/// A program as a container would run it, by bubblewrap: the image's user, first process of its own process space, a read-only root, the
/// volumes, secrets and scratch that it is given, and no other environment than its own. The network is this machine's.
/// </summary>
internal sealed partial class Sandbox : IAsyncDisposable
{
    public const string NotInstalled = "bubblewrap is not installed; ./test installs it.";

    private const int Terminate = 15;

    private readonly Process _process;

    /// <param name="user">The image's, as uid; who is not root stays who he is.</param>
    /// <param name="mounts">What <c>bwrap</c> is told of volumes, secrets and scratch.</param>
    /// <param name="environment">All of it.</param>
    /// <param name="command">The program and its arguments.</param>
    public Sandbox(string user, IEnumerable<string> mounts, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        string[] asUser = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--no-new-privs"] : [];
        string[] all =
        [
            .. asUser, "bwrap", "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--new-session", "--die-with-parent", .. System(), .. mounts, "--remount-ro", "/", "--chdir", "/app", .. command,
        ];
        var info = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment.Clear();
        info.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, line) => Log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => Log.Enqueue(line.Data ?? "");
        LastingThread.Do(() => _process.Start());
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The runtime's program, which every path under <c>/usr</c> is there for.</summary>
    public static string Dotnet => Environment.ProcessPath!;

    public ConcurrentQueue<string> Log { get; } = new();

    public bool HasExited => _process.HasExited;

    /// <summary>Whether the program has started others.</summary>
    public bool HasChildren => Children(_process.Id) is [var program] && Children(program).Length > 0;

    /// <summary>SIGTERM to the program, and its end: the exit code, and how long it took.</summary>
    public async Task<(int Code, TimeSpan Took)> StopAsync()
    {
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, kill(Program(), Terminate));
        return (await EndAsync(TimeSpan.FromMinutes(2)), Stopwatch.GetElapsedTime(began));
    }

    public async Task<int> EndAsync(TimeSpan patience)
    {
        await _process.WaitForExitAsync().WaitAsync(patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public override string ToString() => string.Join(Environment.NewLine, Log);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    // bwrap's only child.
    private int Program() => Children(_process.Id).Single();

    private static int[] Children(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    // What an image's base has: programs, libraries and a runtime; nothing of this machine's /home, /root, /var.
    private static IEnumerable<string> System()
    {
        yield return "--ro-bind";
        yield return "/usr";
        yield return "/usr";
        foreach (var folder in (string[])["bin", "sbin", "lib", "lib64"])
        {
            if (new DirectoryInfo("/" + folder) is { Exists: true, LinkTarget: { } target })
            {
                yield return "--symlink";
                yield return target;
                yield return "/" + folder;
            }
            else if (Directory.Exists("/" + folder))
            {
                yield return "--ro-bind";
                yield return "/" + folder;
                yield return "/" + folder;
            }
        }

        string[] rest = ["--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/sys", "/sys"];
        foreach (var argument in rest)
        {
            yield return argument;
        }

        if (Path.GetDirectoryName(Dotnet) is { } runtime && !runtime.StartsWith("/usr/", StringComparison.Ordinal))
        {
            yield return "--ro-bind";
            yield return runtime;
            yield return runtime;
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
