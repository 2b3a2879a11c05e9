using DipPipeline.Cli.Restore;
using DipPipeline.Engine.Restoration;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Cli.Tests.Restore;

public sealed class ProgressTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Report_Terminal_OneLineRewrittenAtMostFiveTimesASecondAndWiped()
    {
        using var dip = new Dip { IsInteractive = true, Time = _time };
        dip.Restorer.During = (_, progress, _) => Reports(progress, count: 100, every: TimeSpan.FromSeconds(0.05));

        var error = dip.Restore(dip.AddFile("a.png"), "--task", "denoise").Error;

        // 100 reports over 5 seconds.
        Assert.Equal(25, error.Split("it/s").Length - 1);
        Assert.DoesNotContain('\n', error);
        Assert.EndsWith("\r\e[K", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_File_APlainLineEveryTenthOfTheWay()
    {
        using var dip = new Dip { Time = _time };
        dip.Restorer.During = (_, progress, _) => Reports(progress, count: 100, every: TimeSpan.FromSeconds(0.05));

        var lines = dip.Restore(dip.AddFile("a.png"), "--task", "denoise").Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(10, lines.Length);
        Assert.EndsWith("a.png: 10 % 10/100, 20.0 it/s, ETA 1:30, energy 0.01234, PSNR 30.12 dB", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public void Report_FileAndSlow_APlainLineEveryTenSeconds()
    {
        using var dip = new Dip { Time = _time };
        dip.Restorer.During = (_, progress, _) => Reports(progress, count: 9, every: TimeSpan.FromSeconds(4), iterations: 1000);

        // 36 seconds and no tenth.
        Assert.Equal(3, dip.Restore(dip.AddFile("a.png"), "--task", "denoise").Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Note_WhileTheLineIsShown_StandsOnALineOfItsOwn()
    {
        using var dip = new Dip { IsInteractive = true, Time = _time };
        dip.Restorer.During = (_, progress, notice) =>
        {
            Reports(progress, count: 1, every: TimeSpan.Zero);
            notice(new("It diverged once."));
        };
        var picture = dip.AddFile("a.png");

        Assert.EndsWith($"\r\e[Kdip: {picture}: It diverged once.{Environment.NewLine}", dip.Restore(picture, "--task", "denoise").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(100)]
    [InlineData(200)]
    public void Bar_AnyWidth_NeverWraps(int width)
    {
        var line = ProgressLine.Bar("[12/40] " + new string('p', 150) + ".png", new(900, 1800, 3.25, TimeSpan.FromSeconds(277), 0.0123, 30), width);

        Assert.InRange(line.Length, 1, width);
    }

    [Fact]
    public void Bar_Wide_ShowsEverything() => Assert.Equal(
        "a.png [##########..........] 50 % 900/1800, 3.2 it/s, ETA 4:37, energy 0.01230, PSNR 30.00 dB",
        ProgressLine.Bar("a.png", new(900, 1800, 3.2, TimeSpan.FromSeconds(277), 0.0123, 30), 120));

    [Fact]
    public void Bar_EightyColumns_EveryNumberAndTheEndOfTheName()
    {
        var line = ProgressLine.Bar("scans/1987/harbour.png", new(900, 1800, 3.2, TimeSpan.FromSeconds(277), 0.0123, 30), 79);

        Assert.StartsWith("…", line, StringComparison.Ordinal);
        Assert.EndsWith("our.png 50 % 900/1800, 3.2 it/s, ETA 4:37, energy 0.01230, PSNR 30.00 dB", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(65, "1:05")]
    [InlineData(3599.7, "1:00:00")]
    [InlineData(90061, "25:01:01")]
    [InlineData(-3, "0:00")]
    public void Clock_Seconds_AsPeopleReadThem(double seconds, string expected) => Assert.Equal(expected, ProgressLine.Clock(TimeSpan.FromSeconds(seconds)));

    private void Reports(Action<RestorationProgress> progress, int count, TimeSpan every, int? iterations = null)
    {
        for (var i = 1; i <= count; i++)
        {
            _time.Advance(every);
            progress(new(i, iterations ?? count, 20, TimeSpan.FromSeconds(90), 0.012344, 30.1234));
        }
    }
}
