using System.Diagnostics;
using DipPipeline.Jobs;

namespace DipPipeline.Pipeline.Tests;

/// <summary>The ways in which pictures come to the folder of <c>dip up</c>, all at the same time.</summary>
public sealed class DropTests
{
    private const int AtOnce = 200;
    private const string Slow = "nothing/slow.png";
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(2);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SlowlyInPieces_ByRename_ByCopyAndManyAtOnce_EachIsRestoredOnceAndWhole()
    {
        await using var farm = Farm.Embedded();
        farm.Options("once");
        var up = await farm.ReadyAsync(farm.StartUp(("Watcher__StabilityWindow", $"{s_window}"), ("Host__Slots", "2")), "This Watcher leads");

        var copying = CopySlowlyAsync(farm);
        farm.Drop("renamed.png.part", 1);
        var byHand = Outside(farm, "by-hand.png", 2);
        for (var n = 0; n < AtOnce; n++)
        {
            farm.Drop($"many/{n}.png", 10 + n);
        }

        File.Move(farm.InWatch("nothing/renamed.png.part"), farm.InWatch("nothing/renamed.png"));
        using (var copy = Process.Start("cp", [byHand, farm.InWatch("nothing/by-hand.png")]))
        {
            await copy.WaitForExitAsync(Now);
        }

        var copied = await copying;
        var jobs = await farm.UntilDoneAsync(AtOnce + 3);

        Assert.Equal(
            [.. Enumerable.Range(0, AtOnce).Select(n => $"nothing/many/{n}.png").Concat(["nothing/renamed.png", "nothing/by-hand.png", Slow]).Order(StringComparer.Ordinal)],
            jobs.Select(j => j.Path).Order(StringComparer.Ordinal));
        foreach (var job in jobs)
        {
            Assert.Equal((job.Path, JobState.Completed, null), (job.Path, job.State, job.Reason));
            Assert.Single((await farm.Catalogue.FindAsync(job.JobId, Now))!.Attempts);
            var metrics = farm.Metrics(job.Output);
            Assert.Equal((Undisturbed.Sha256(farm.InWatch(job.Path)), Undisturbed.Sha256(farm.Result(job.Output))), (metrics.Input.Sha256, metrics.Output.Sha256));
        }

        Assert.True(jobs.Single(j => j.Path == Slow).EnteredAt > copied, "The slow one was taken before it was whole.");
        Assert.Equal(AtOnce + 3, up.Log.Count(line => line.Contains("RestorationCompleted", StringComparison.Ordinal)));
        farm.AssertNoStateLeft();
    }

    /// <summary>A piece more often than the window is long, over several windows.</summary>
    /// <returns>When the last one was written.</returns>
    private static async Task<DateTimeOffset> CopySlowlyAsync(Farm farm)
    {
        const int pieces = 20;
        var bytes = await File.ReadAllBytesAsync(Outside(farm, "slow.png", 3), Now);
        Directory.CreateDirectory(farm.InWatch("nothing"));
        await using var file = new FileStream(farm.InWatch(Slow), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var piece in bytes.Chunk((bytes.Length + pieces - 1) / pieces))
        {
            // It is this slowness that the test is about.
            await Task.Delay(s_window / 5, Now);
            await file.WriteAsync(piece, Now);
        }

        return DateTimeOffset.UtcNow;
    }

    private static string Outside(Farm farm, string name, int number)
    {
        var path = Path.Join(farm.Folder, name);
        Farm.Draw(path, number, 64);
        return path;
    }
}
