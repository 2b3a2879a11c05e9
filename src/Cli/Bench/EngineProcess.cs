using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Bench;

/// <summary>
/// An engine in a process of its own, so that its peak of memory is its own: answers each line on its standard input with one JSON line.
/// <c>about</c>: <c>engine, device, precision, threads</c>; <c>run N</c>: <c>seconds, iterations</c>; <c>memory</c>: <c>peakMemoryBytes</c>;
/// <c>quit</c> ends it. bench/pytorch/dip.py speaks it too. Ours knows <c>profile N</c> (<see cref="NetworkProfile"/>) and <c>kernels N</c> (<see cref="KernelCounter"/>) besides.
/// </summary>
internal sealed class EngineProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _complaints;
    private readonly CancellationTokenRegistration _stop;

    /// <param name="name">For sentences and tables: <c>dip</c>, <c>pytorch</c>.</param>
    /// <param name="start">The command.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RefusedException">It could not be started.</exception>
    public EngineProcess(string name, ProcessStartInfo start, CancellationToken stop)
    {
        Name = name;
        Command = string.Join(' ', start.ArgumentList.Prepend(start.FileName));
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RefusedException($"{name} could not be started by '{Command}': {e.Message}.", e);
        }

        _complaints = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _stop = stop.Register(Kill);
    }

    public string Name { get; }

    public string Command { get; }

    public int Id => _process.Id;

    /// <exception cref="RefusedException">It refused to begin, with its own sentence.</exception>
    /// <exception cref="InvalidOperationException">It ended, or answered with something else than a JSON object without <c>error</c>.</exception>
    public JsonObject Ask(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The missing answer below tells how it ended.
        }

        var answer = _process.StandardOutput.ReadLine() ?? throw Ended(line);
        try
        {
            var document = JsonNode.Parse(answer) as JsonObject ?? throw new JsonException();
            return document["error"] is { } error ? throw new InvalidOperationException($"{Name}: {error}") : document;
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"{Name} answered '{line}' with '{answer}', which is no JSON object.");
        }
    }

    /// <summary>Seconds per iteration.</summary>
    public double Run(int iterations)
    {
        var answer = Ask(FormattableString.Invariant($"run {iterations}"));
        var done = (int?)answer["iterations"];
        return done == iterations
            ? (double)answer["seconds"]! / iterations
            : throw new InvalidOperationException($"{Name} did {done} iterations where {iterations} were asked for.");
    }

    public void Dispose()
    {
        _stop.Dispose();
        try
        {
            _process.StandardInput.WriteLine("quit");
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private Exception Ended(string line)
    {
        _process.WaitForExit();
        var last = _complaints.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
        const string ours = "dip: ";
        return _process.ExitCode == ExitCode.Refused && last.StartsWith(ours, StringComparison.Ordinal)
            ? new RefusedException(last[ours.Length..])
            : new InvalidOperationException($"{Name} ended with code {_process.ExitCode} when asked '{line}'{(last.Length > 0 ? $" ({last})" : "")}; its command was '{Command}'.");
    }
}
