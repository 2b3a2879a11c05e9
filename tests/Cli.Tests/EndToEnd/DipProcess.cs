using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DipPipeline.Cli.Tests.EndToEnd;

/// <summary>The built tool in a process of its own.</summary>
internal sealed partial class DipProcess : IDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly TaskCompletionSource _firstProgress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _error;

    /// <param name="args">Of the tool.</param>
    /// <param name="traceLoads">A file that gets the runtime's own record of the assemblies it loads.</param>
    /// <param name="environment">Variables beside those that these tests have.</param>
    public DipProcess(IEnumerable<string> args, string? traceLoads = null, params IReadOnlyList<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "DipPipeline.Cli"), args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        if (traceLoads is not null)
        {
            start.Environment["DOTNET_EnableEventPipe"] = "1";
            start.Environment["DOTNET_EventPipeOutputPath"] = traceLoads;
            // The loader's events (0x8), informational.
            start.Environment["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:8:4";
        }

        _process = Process.Start(start)!;
        _out = _process.StandardOutput.ReadToEndAsync();
        _error = ReadErrors();
    }

    /// <summary>Whether the tool inherits from us that it must not heed Ctrl-C.</summary>
    public static bool InterruptIsIgnored => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
        .Any(line => (Convert.ToUInt64(line[7..].Trim(), 16) & (1UL << (SigInt - 1))) != 0);

    /// <summary>Completes with the first progress line; fails when the process ends without one.</summary>
    public Task FirstProgress => _firstProgress.Task;

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(_process.Id, SigInt));

    public void Terminate() => Assert.Equal(0, Kill(_process.Id, SigTerm));

    public async Task<Ran> End(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return new(_process.ExitCode, await _out, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<string> ReadErrors()
    {
        var lines = new List<string>();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("it/s", StringComparison.Ordinal))
            {
                _firstProgress.TrySetResult();
            }
        }

        var all = string.Join('\n', lines);
        _firstProgress.TrySetException(new InvalidOperationException($"The tool ended without progress: {all}"));
        return all;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
