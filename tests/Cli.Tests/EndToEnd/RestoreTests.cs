using System.Text.Json.Nodes;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Cli.Tests.EndToEnd;

/// <summary>The tool with its own engine and plugins, on pictures small enough to take seconds.</summary>
public sealed class RestoreTests : IDisposable
{
    // One thread: on a busy machine tiny kernels wait for one another longer than they compute.
    private static readonly string[] SmallNetwork = ["channels-down=8,8", "channels-up=8,8", "channels-skip=4,4", "threads=1"];

    private readonly TestPictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    [Theory]
    [InlineData("denoise", "photo.png", "photo", 32, 24)]
    [InlineData("denoise", "photo.jpg", "photo.jpg", 32, 24)]
    [InlineData("superres", "photo.png", "photo", 64, 48, "factor=2")]
    [InlineData("inpaint", "photo.png", "photo", 32, 24)]
    public void Restore_SmallPicture_FourFilesAndTheMetricsOnStandardOutput(
        string task, string name, string stem, int width, int height, params string[] options)
    {
        var picture = _pictures.Draw(name);
        _pictures.Mask("photo.mask.png");

        var ran = Run(picture, ["--task", task, "--json", "--set", "iterations=20", .. options]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var metrics = RestorationMetrics.Parse(ran.Out);
        Assert.Equal((task, 20, width, height), (metrics.Task, metrics.Iterations, metrics.Output.Width, metrics.Output.Height));
        Assert.Equal(
            new[] { ".curve.png", ".json", ".png", ".preview.jpg" }.Select(suffix => stem + suffix).Order(),
            Directory.GetFiles(_pictures.Out).Select(Path.GetFileName).Order());
        var printed = JsonNode.Parse(ran.Out)!.AsObject();
        Assert.True(printed.Remove("status"));
        Assert.Equal(printed.ToJsonString(), JsonNode.Parse(File.ReadAllText(Path.Join(_pictures.Out, $"{stem}.json")))!.ToJsonString());
    }

    [Theory]
    [InlineData("denoise", "non-local means", "noise-sigma=12")]
    [InlineData("inpaint", "fast-marching inpainting (Telea)")]
    [InlineData("superres", "bicubic", "factor=2")]
    public void Restore_Reference_MeasuredOnTheWrittenFileWhoseBytesItLeavesAlone(string task, string baseline, params string[] options)
    {
        var picture = _pictures.Draw("photo.png", noise: task == "denoise" ? 20 : 0);
        _pictures.Mask("photo.mask.png");
        var reference = task == "superres" ? _pictures.Draw("clean.bmp", 64, 48) : _pictures.Draw("clean.bmp");
        string[] args = ["--task", task, "--json", "--set", "iterations=20", .. options];

        Run(picture, args);
        var without = File.ReadAllBytes(Path.Join(_pictures.Out, "photo.png"));
        var ran = Run(picture, [.. args, "--reference", reference]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var metrics = RestorationMetrics.Parse(ran.Out);
        Assert.Equal(without, File.ReadAllBytes(metrics.Output.Path));
        Assert.Equal(TestPictures.Psnr(metrics.Output.Path, reference), metrics.Reference!.Psnr, 1e-4);
        Assert.Equal(baseline, metrics.Baseline!.Name);
        Assert.Equal(
            TestPictures.BaselinePsnr(task, picture, Path.Join(_pictures.Folder, "photo.mask.png"), reference, metrics.NoiseSigma), metrics.Baseline.Psnr, 0.01);
    }

    [Fact]
    public void Restore_OneBadAmongGood_TheGoodAreDoneAndTheCodeIs2()
    {
        _pictures.Draw("a.png");
        _pictures.Write("b.png", []);
        _pictures.Draw("c.png");

        var ran = Run($"{_pictures.Folder}/*.png", "--task", "denoise", "--set", "iterations=5", "--json");

        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Equal(["done", "refused", "done"], JsonNode.Parse(ran.Out)!.AsArray().Select(o => (string?)o!["status"]));
        Assert.True(File.Exists(Path.Join(_pictures.Out, "c.png")));
        Assert.False(File.Exists(Path.Join(_pictures.Out, "b.png")));
    }

    [Fact]
    public void Restore_MissingFile_Refused() => AssertRefused("missing.png", Run($"{_pictures.Folder}/missing.png", "--task", "denoise"));

    [Fact]
    public void Restore_Directory_Refused() =>
        AssertRefused("folder.png", Run(Directory.CreateDirectory($"{_pictures.Folder}/folder.png").FullName, "--task", "denoise"));

    [Fact]
    public void Restore_EmptyFile_Refused() => AssertRefused("empty.png", Run(_pictures.Write("empty.png", []), "--task", "denoise"));

    [Fact]
    public void Restore_Pipe_RefusedWithoutWaitingForAWriter()
    {
        var pipe = Path.Join(_pictures.Folder, "pipe.png");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [pipe]))
        {
            mkfifo.WaitForExit();
        }

        Directory.CreateDirectory($"{_pictures.Folder}/deep/deeper");
        Directory.CreateSymbolicLink($"{_pictures.Folder}/folder", "deep/deeper");
        File.CreateSymbolicLink($"{_pictures.Folder}/deep/deeper/link.png", "../../pipe.png");

        AssertRefused("pipe.png' is a pipe", Run(pipe, "--task", "denoise"));
        AssertRefused("link.png' is a pipe", Run($"{_pictures.Folder}/folder/link.png", "--task", "denoise"));
        AssertRefused("pipe.png", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", pipe));
    }

    [Fact]
    public void Restore_Device_Refused() => AssertRefused("'/dev/zero' is a pipe, a device or a socket;", Run("/dev/zero", "--task", "denoise"));

    [Theory]
    [InlineData(300)]
    [InlineData(5000)]
    public void Restore_OverlongPath_Refused(int length)
    {
        var path = $"{_pictures.Folder}/{new string('n', length)}.png";

        AssertRefused($"The name of '{path}' is too long", Run(path, "--task", "denoise"));
        AssertRefused($"'{path}' is longer than a file's name can be", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", path));
    }

    [Fact]
    public void Restore_LinkToItself_Refused() =>
        AssertRefused("circle.png", Run(File.CreateSymbolicLink($"{_pictures.Folder}/circle.png", $"{_pictures.Folder}/circle.png").FullName, "--task", "denoise"));

    [Fact]
    public void Restore_LongestNameThatIsAccepted_AllItsOutputsAreWritten()
    {
        var stem = new string('n', 225);

        var ran = Run(_pictures.Draw($"{stem}.png"), "--task", "denoise", "--set", "iterations=3");

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        Assert.True(File.Exists(Path.Join(_pictures.Out, $"{stem}.preview.jpg")));
    }

    [Fact]
    public void Restore_TextNamedPng_Refused() => AssertRefused("text.png", Run(_pictures.Write("text.png", "no picture"u8.ToArray()), "--task", "denoise"));

    [Fact]
    public void Restore_TruncatedJpeg_Refused()
    {
        var bytes = File.ReadAllBytes(_pictures.Draw("whole.jpg", 200, 160));

        AssertRefused("torn.jpg", Run(_pictures.Write("torn.jpg", bytes[..(bytes.Length / 2)]), "--task", "denoise"));
    }

    [Fact]
    public void Restore_HeaderOf40000Squared_Refused() =>
        AssertRefused("40000", Run(_pictures.Claiming("huge.png", 40_000, 40_000), "--task", "denoise"));

    [Fact]
    public void Restore_EmptyMask_Refused() =>
        AssertRefused("m.png", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", _pictures.Write("m.png", [])));

    [Fact]
    public void Restore_MissingMask_Refused() =>
        AssertRefused("m.png", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", $"{_pictures.Folder}/m.png"));

    [Fact]
    public void Restore_NoMask_Refused() => AssertRefused("mask", Run(_pictures.Draw("photo.png"), "--task", "inpaint"));

    [Fact]
    public void Restore_MaskOfAnotherSize_Refused() =>
        AssertRefused("31", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", _pictures.Mask("m.png", width: 31)));

    [Fact]
    public void Restore_BlackMask_Refused() =>
        AssertRefused("m.png", Run(_pictures.Draw("photo.png"), "--task", "inpaint", "--mask", _pictures.BlackMask("m.png")));

    [Fact]
    public void Restore_CudaAskedForAndAbsent_Refused()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has CUDA.");

        AssertRefused("cuda:0", Run(_pictures.Draw("photo.png"), "--task", "denoise", "--device", "cuda:0"));
    }

    /// <summary>What OpenMP says of its settings, and that libtorch complains of nothing, on a picture small enough for its lesser kernels.</summary>
    [Fact]
    public async Task Restore_InFloat32_ThreadsSleepSoonAndLibtorchIsQuiet()
    {
        using var dip = new DipProcess(
            ["restore", _pictures.Draw("photo.png"), "--task", "denoise", "--out", _pictures.Out, "--set", "iterations=3", "stop=fixed", "precision=float32", .. SmallNetwork],
            environment: [("OMP_DISPLAY_ENV", "verbose")]);
        var ran = await dip.End(TestContext.Current.CancellationToken);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        Assert.Contains("GOMP_SPINCOUNT = '2000'", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("NNPACK", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_SignalThenResume_130ThenTheWholeResult(bool terminate)
    {
        Assert.SkipWhen(!terminate && DipProcess.InterruptIsIgnored, "These tests run as a background job of a shell, which has its jobs ignore Ctrl-C.");
        string[] args =
        [
            "restore", _pictures.Draw("photo.png"), "--task", "denoise", "--out", _pictures.Out, "--json", "--set", "iterations=1000", "stop=fixed", .. SmallNetwork,
        ];

        Ran stopped;
        using (var first = new DipProcess(args))
        {
            await first.FirstProgress;
            if (terminate)
            {
                first.Terminate();
            }
            else
            {
                first.Interrupt();
            }

            stopped = await first.End(TestContext.Current.CancellationToken);
        }

        Assert.Equal(ExitCode.Cancelled, stopped.Code);
        Assert.Contains("--resume", stopped.Error, StringComparison.Ordinal);
        Assert.Equal("cancelled", (string?)JsonNode.Parse(stopped.Out)!["status"]);
        Assert.False(File.Exists(Path.Join(_pictures.Out, "photo.json")));
        var checkpoint = Assert.Single(Directory.GetFiles(Path.Join(_pictures.Out, ".dip", "state"), "checkpoint.zip", SearchOption.AllDirectories));
        var iteration = IterationOf(checkpoint);
        Assert.InRange(iteration, 1, 999);

        using var second = new DipProcess([.. args, "--resume"]);
        var resumed = await second.End(TestContext.Current.CancellationToken);

        Assert.True(resumed.Code == ExitCode.Done, resumed.Error);
        Assert.Contains($"Resumed from the checkpoint at iteration {iteration}.", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(1000, RestorationMetrics.Parse(resumed.Out).Iterations);
        Assert.False(Directory.Exists(Path.Join(_pictures.Out, ".dip")));
    }

    [Fact]
    public void Restore_ResumeWhatIsDone_IsNotDoneAgain()
    {
        var picture = _pictures.Draw("photo.png");
        _pictures.Mask("photo.mask.png");
        string[] args = ["--task", "inpaint", "--json", "--resume", "--set", "iterations=5"];
        var first = Run(picture, args);
        var written = File.GetLastWriteTimeUtc(Path.Join(_pictures.Out, "photo.png"));

        var second = Run(picture, args);

        Assert.Equal(first.Out, second.Out);
        Assert.Contains("Already restored.", second.Error, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Join(_pictures.Out, "photo.png")));
    }

    private static int IterationOf(string checkpoint)
    {
        using var zip = System.IO.Compression.ZipFile.OpenRead(checkpoint);
        using var header = zip.GetEntry("checkpoint.json")!.Open();
        return (int)JsonNode.Parse(header)!["Current"]!["Counters"]!["Iteration"]!;
    }

    private static void AssertRefused(string named, Ran ran)
    {
        Assert.True(ran.Code == ExitCode.Refused, $"{ran.Code}: {ran.Error}");
        Assert.StartsWith("dip: ", ran.Error, StringComparison.Ordinal);
        Assert.Contains(named, ran.Error, StringComparison.Ordinal);
        Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", ran.Out);
    }

    private Ran Run(string picture, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = DipCommand.Run(
            ["restore", picture, "--out", _pictures.Out, .. args, "--set", .. SmallNetwork],
            new Terminal(output, error, isInteractive: false, () => 100),
            stop: TestContext.Current.CancellationToken);
        if (code == ExitCode.Refused && !output.ToString().StartsWith('['))
        {
            Assert.False(Directory.Exists(_pictures.Out), "A refused picture left an output folder.");
        }

        return new(code, output.ToString(), error.ToString());
    }
}
