using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DipPipeline.Pipeline.Tests;

/// <summary>A published program in a process of its own.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    private const int Terminate = 15;

    /// <summary>The user, and group, that a program is given which is not to be root's.</summary>
    public const string AnyUser = "65534";

    // Who is not root is any user already.
    private static readonly string[] s_likeAnyUser = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={AnyUser}", $"--regid={AnyUser}", "--clear-groups"] : [];

    private readonly Process _process;

    public RunningProgram(string name, string assembly, IReadOnlyDictionary<string, string> environment, bool likeAnyUser, params string[] arguments)
    {
        Name = name;
        string[] command = [.. likeAnyUser ? s_likeAnyUser : [], "dotnet", assembly, .. arguments];
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (key, value) in environment)
        {
            info.Environment[key] = value;
        }

        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, line) => Log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => Log.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>The lines that are not empty.</summary>
    public IEnumerable<string> Said => Log.Where(line => line.Length > 0);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>SIGKILL: the process has no say.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the end of the process.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        _ = kill(_process.Id, Terminate);
        return await EndAsync(TimeSpan.FromSeconds(40));
    }

    public async Task<int> EndAsync(TimeSpan patience)
    {
        await _process.WaitForExitAsync().WaitAsync(patience);
        return _process.ExitCode;
    }

    public override string ToString() => $"== {Name}{Environment.NewLine}{string.Join(Environment.NewLine, Log)}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
