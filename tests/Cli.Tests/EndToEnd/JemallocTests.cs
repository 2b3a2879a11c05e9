using System.Text.RegularExpressions;

namespace DipPipeline.Cli.Tests.EndToEnd;

/// <summary>The tool on jemalloc's memory, as <c>./dip</c> starts it where that is installed.</summary>
public sealed partial class JemallocTests : IDisposable
{
    private readonly TestPictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    /// <summary>Told never to give memory back on its own, so that all it gives back was asked of it.</summary>
    [Fact]
    public async Task Restore_OnJemalloc_GivesItsMemoryBackAtTheEnd()
    {
        var library = Directory.Exists("/usr/lib") ? Directory.EnumerateFiles("/usr/lib", "libjemalloc.so.2", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).FirstOrDefault() : null;
        Assert.SkipWhen(library is null, "This machine has no jemalloc.");
        using var dip = new DipProcess(
            ["restore", _pictures.Draw("noisy.png", 64, 64, noise: 25), "--task", "denoise", "--preset", "fast", "--set", "iterations=10", "--out", _pictures.Out], null,
            ("LD_PRELOAD", library), ("MALLOC_CONF", "narenas:1,oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:0,stats_print:true"), ("DIP_PLUGINS", Path.Join(Repository.Root, "plugins")));

        var ran = await dip.End(TestContext.Current.CancellationToken);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        // Its statistics of all arenas: name, age, pages, sweeps, calls, pages given back.
        Assert.True(int.Parse(Dirty().Match(ran.Error).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 1000, ran.Error);
    }

    [GeneratedRegex(@"dirty: +N/A +\d+ +\d+ +\d+ +(\d+)")]
    private static partial Regex Dirty();
}
