using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Bench;

/// <summary>The paper's network in PyTorch, bench/pytorch/dip.py of the repository, run by a Python that has torch.</summary>
internal sealed class PyTorch
{
    private static readonly string s_script = Path.Join("bench", "pytorch", "dip.py");

    private readonly string _python;
    private readonly string _path;

    private PyTorch(string python, string path) => (_python, _path) = (python, path);

    /// <summary>The preset of which bench/pytorch has the network.</summary>
    public static string Network => "paper";

    /// <param name="python">A command.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="RefusedException">Script, Python, torch or device is missing.</exception>
    public static PyTorch Find(string python, string device)
    {
        var root = Checkout.Find(s_script) ?? throw new RefusedException(
            $"The comparison with PyTorch needs '{s_script}', which a clone of the repository has and this program has not beside it; leave --against out.");
        const string cure = "install PyTorch (on Debian python3-torch), or name a Python that has it with --python.";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", $"import torch; torch.zeros(1, device='{device}')"]) { RedirectStandardError = true })!;
            var last = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            process.WaitForExit();
            return process.ExitCode == 0
                ? new PyTorch(python, Path.Join(root, s_script))
                : throw new RefusedException($"The comparison with PyTorch on {device} cannot be made by '{python}' ({last ?? $"exit code {process.ExitCode}"}); {cure}");
        }
        catch (Win32Exception e)
        {
            throw new RefusedException($"The comparison with PyTorch needs Python, and '{python}' could not be started ({e.Message}); {cure}", e);
        }
    }

    public ProcessStartInfo Start(Opponent opponent, int size, int threads, string device)
    {
        var start = new ProcessStartInfo(_python,
        [
            _path, "serve", "--size", size.ToString(CultureInfo.InvariantCulture), "--threads", threads.ToString(CultureInfo.InvariantCulture),
            "--device", device, .. opponent.Arguments,
        ]);
        foreach (var name in opponent.Without)
        {
            start.Environment.Remove(name);
        }

        return start;
    }
}

/// <summary>A way to run PyTorch.</summary>
/// <param name="Name">As <c>--against</c> takes it.</param>
/// <param name="Arguments">Of bench/pytorch/dip.py.</param>
internal sealed record Opponent(string Name, IReadOnlyList<string> Arguments)
{
    private static readonly string[] s_allocator = ["LD_PRELOAD", "MALLOC_CONF"];

    /// <summary>What it does not get of this program's environment: all of it is its memory.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    public static IReadOnlyList<Opponent> All { get; } =
    [
        new("pytorch", []),
        new("pytorch-best", ["--precision", "bfloat16", "--channels-last"]),
        new("pytorch-huge", []) { Without = s_allocator },
        new("pytorch-plain", []) { Without = [.. s_allocator, "GLIBC_TUNABLES"] },
    ];
}
