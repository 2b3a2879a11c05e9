using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Plugins.Denoise;
using DipPipeline.Plugins.Inpainting;
using DipPipeline.Plugins.SuperResolution;

namespace DipPipeline.Plugins.Tests;

/// <summary>Whole restorations of small pictures, from file to file.</summary>
public sealed class PictureRestorerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-restorer-").FullName;

    [Fact]
    public void Restore_Reference_NeverChangesTheBytes()
    {
        var (picture, truth) = (Draw("noisy.png", noise: 0.1), Draw("truth.png"));
        var without = Restore(new DenoisePlugin(), picture, "a");
        var with = Restore(new DenoisePlugin(), picture, "b", reference: truth);
        Assert.Equal(without.Output.Sha256, with.Output.Sha256);
        Assert.Null(without.Reference);
        Assert.InRange(with.Reference!.Psnr, 5, 50);
        Assert.Equal("non-local means", with.Baseline!.Name);
        Assert.Equal(25.5, without.NoiseSigma!.Value, 2.5);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Restore_Inpainting_KeepsObservedPixelsBitExact(int depth)
    {
        var picture = Draw("hole.png", depth: depth, channels: 3);
        var mask = Path.Combine(_folder, "hole.mask.png");
        var m = Enumerable.Range(0, 40 * 32).Select(i => i % 40 is > 10 and < 20 ? 0f : 1f).ToArray();
        PictureWriter.WritePng(new Picture(40, 32, 1, 8, m), mask);
        var metrics = Restore(new InpaintingPlugin(), picture, "out", mask: mask);
        var (before, after) = (PictureReader.Read(picture, 1 << 20), PictureReader.Read(metrics.Output.Path, 1 << 20));
        Assert.Equal(depth, after.BitDepth);
        var changed = 0;
        for (var c = 0; c < 3; c++)
        {
            for (var i = 0; i < m.Length; i++)
            {
                var same = before.Plane(c)[i] == after.Plane(c)[i];
                Assert.True(same || m[i] == 0, $"pixel {i} of channel {c}");
                changed += same ? 0 : 1;
            }
        }

        Assert.True(changed > 100);
    }

    [Fact]
    public void Restore_InpaintingWithAlpha_FillsWhatIsTransparentAndReturnsItOpaque()
    {
        var path = Path.Combine(_folder, "alpha.png");
        var alpha = Enumerable.Range(0, 40 * 32).Select(i => i / 40 is > 5 and < 12 ? 0f : 1f).ToArray();
        PictureWriter.WritePng(new Picture(40, 32, 3, 8, Scenes.Waves(40, 32, 3), alpha), path);
        var metrics = Restore(new InpaintingPlugin(), path, "out");
        Assert.Equal(3, metrics.Output.Channels);
        Assert.Null(PictureReader.Read(metrics.Output.Path, 1 << 20).Alpha);
    }

    [Fact]
    public void Restore_SuperResolutionWithAlpha_ResizesBoth()
    {
        var path = Path.Combine(_folder, "small.png");
        PictureWriter.WritePng(new Picture(12, 10, 1, 16, Scenes.Waves(12, 10, 1), Scenes.Waves(12, 10, 1)), path);
        var metrics = Restore(new SuperResolutionPlugin(), path, "out", set: [("factor", "3")]);
        var result = PictureReader.Read(metrics.Output.Path, 1 << 20);
        Assert.Equal((36, 30, 1, 16), (result.Width, result.Height, result.Channels, result.BitDepth));
        Assert.Equal(36 * 30, result.Alpha!.Length);
    }

    /// <summary>The presets as they are, in the precision this machine prefers, with as many threads as it has.</summary>
    [Theory]
    [InlineData("denoise", "fast")]
    [InlineData("denoise", "balanced")]
    [InlineData("denoise", "paper")]
    [InlineData("superres", "fast")]
    [InlineData("inpaint", "balanced")]
    public void Restore_PresetTwice_GivesTheSameBytesWithoutDivergence(string id, string preset)
    {
        TaskPlugin plugin = id == "denoise" ? new DenoisePlugin() : id == "superres" ? new SuperResolutionPlugin() : new InpaintingPlugin();
        var picture = Draw("noisy.png", id == "superres" ? 16 : 40, id == "superres" ? 16 : 40, noise: 0.1);
        var mask = Path.Combine(_folder, "noisy.mask.png");
        PictureWriter.WritePng(new Picture(40, 40, 1, 8, [.. Enumerable.Range(0, 40 * 40).Select(i => i % 3 == 0 ? 0f : 1f)]), mask);
        // Networks share the iterations.
        var networks = int.Parse(plugin.Descriptor.Presets.Single(p => p.Name == preset).Values["ensemble"], System.Globalization.CultureInfo.InvariantCulture);
        var results = Enumerable.Range(0, 2).Select(run => new PictureRestorer(TimeProvider.System).Restore(new()
        {
            PicturePath = picture,
            Plugin = plugin,
            Preset = preset,
            Options = OptionResolver.Resolve(plugin.Descriptor, preset, [new("iterations", $"{20 * networks}"), new("average-decay", "0")]),
            CompanionPaths = id == "inpaint" ? new Dictionary<string, string> { ["mask"] = mask } : new Dictionary<string, string>(),
            OutputFolder = Path.Combine(_folder, $"run{run}"),
        })).ToArray();
        Assert.All(results, r => Assert.Equal(0, r.Divergences));
        Assert.Equal(results[0].Output.Sha256, results[1].Output.Sha256);
        Assert.Equal(Environment.ProcessorCount, results[0].Threads);
        Assert.True(results[0].Energy.Last < results[0].Energy.First);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("balanced")]
    [InlineData("best")]
    public void Restore_NearlyWhitePaper_StaysAsWhite(string preset)
    {
        const int side = 48, ink = 16;
        const float white = 253 / 255f;
        var page = Enumerable.Range(0, side * side).Select(i => i % side < ink ? 0.25f + (0.15f * MathF.Sin(i / side / 3f)) : white).ToArray();
        var path = Path.Combine(_folder, "page.png");
        PictureWriter.WritePng(new Picture(side, side, 1, 8, page), path);
        var metrics = new PictureRestorer(TimeProvider.System).Restore(
            Request(new DenoisePlugin(), path, "out") with { Preset = preset, Options = OptionResolver.Resolve(new DenoisePlugin().Descriptor, preset, [new("threads", "1")]) },
            cancellation: TestContext.Current.CancellationToken);
        var plane = PictureReader.Read(metrics.Output.Path, 1 << 20).Plane(0).ToArray();
        var paper = plane.Where((_, i) => i % side is > ink + 8 and < side - 4 && i / side is > 4 and < side - 4);
        Assert.InRange(paper.Average(), white - (0.5f / 255), white + (0.5f / 255));
    }

    /// <summary>Nothing can be said of the noise of so few pixels; a rule that needs it must not be left waiting for a level of zero.</summary>
    [Fact]
    public void Restore_TooSmallToEstimateTheNoise_StopsByTheMovingVarianceAndSaysSo()
    {
        var picture = Draw("tiny.png", 8, 8, noise: 0.1);
        var metrics = Restore(new DenoisePlugin(), picture, "out", set: [("objective", "energy"), ("input", "fourier"), ("stop", "discrepancy")]);
        Assert.Null(metrics.NoiseSigma);
        Assert.Contains("moving variance", metrics.StoppedBy, StringComparison.Ordinal);
        Assert.Contains(metrics.Warnings, w => w.Contains("noise-sigma", StringComparison.Ordinal));
        var given = new PictureRestorer(TimeProvider.System).Restore(Request(new DenoisePlugin(), picture, "given") with
        {
            Options = OptionResolver.Resolve(new DenoisePlugin().Descriptor, "fast", [new("objective", "energy"), new("input", "fourier"), new("stop", "discrepancy"), new("noise-sigma", "200"), new("iterations", "100"), new("threads", "1")]),
        }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(200, given.NoiseSigma);
        Assert.StartsWith("discrepancy principle at iteration 10", given.StoppedBy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0.1, null, 5, 5, "is assumed")]
    [InlineData(64, 0, null, 0, 5, "Hardly any noise")]
    [InlineData(64, 0, "12", 12, 12, null)]
    [InlineData(64, 0.1, null, 23, 28, null)]
    public void Restore_RecorruptedWithLittleNoiseOrPixels_SaysWhatItDoes(int side, double noise, string? given, double least, double most, string? warning)
    {
        (string, string)[] set = given is null ? [] : [("noise-sigma", given)];
        var metrics = Restore(new DenoisePlugin(), Draw("some.png", side, side, noise: noise), "out", set: set);
        Assert.Contains("recorrupted", metrics.Options["objective"], StringComparison.Ordinal);
        Assert.InRange(metrics.NoiseSigma!.Value, least, most);
        Assert.Equal(warning is null ? 0 : 1, metrics.Warnings.Count(w => w.Contains("noise-sigma", StringComparison.Ordinal)));
        Assert.All(metrics.Warnings, w => Assert.Contains(warning ?? "", w, StringComparison.Ordinal));
    }

    [Fact]
    public void Restore_NotEnoughMemory_IsRefusedNamingBothAndTheLargestSide()
    {
        var request = Request(new DenoisePlugin(), Draw("large.png", 400, 300), "out") with { FreeMemoryBytes = 600L << 20 };
        var settings = OptionResolver.Resolve(request.Plugin.Descriptor, "paper", []);
        var refusal = Assert.Throws<RefusedException>(() => new PictureRestorer(TimeProvider.System).Restore(request with { Options = settings }, cancellation: TestContext.Current.CancellationToken));
        Assert.Matches(@"400×300 would need about \d+\.\d GB of memory and 0\.6 GB are free; a square picture of up to (32|64|96|128|160|192)×", refusal.Message);
        Assert.False(Directory.Exists(request.OutputFolder));
    }

    /// <summary>The side that would fit is the picture's own, not that of the larger one made of it.</summary>
    [Fact]
    public void Restore_NotEnoughMemoryToEnlarge_NamesTheSideOfTheInput()
    {
        var refusal = Refusal("8", 1L << 30);
        var side = int.Parse(System.Text.RegularExpressions.Regex.Match(refusal, @"up to (\d+)×").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(side, 1, 99);
        Assert.Contains("no picture would fit", Refusal("8", 1 << 20), StringComparison.Ordinal);

        string Refusal(string factor, long free)
        {
            var request = Request(new SuperResolutionPlugin(), Draw("small.png", 400, 300), "out") with { FreeMemoryBytes = free };
            var settings = OptionResolver.Resolve(request.Plugin.Descriptor, "paper", [new("factor", factor), new("tile", "off")]);
            return Assert.Throws<RefusedException>(() => new PictureRestorer(TimeProvider.System).Restore(request with { Options = settings }, cancellation: TestContext.Current.CancellationToken)).Message;
        }
    }

    [Fact]
    public void Restore_MoreScalesThanAPictureHas_IsRefusedNamingTheMost()
    {
        var eleven = string.Join(',', Enumerable.Repeat("4", 11));
        var request = Request(new DenoisePlugin(), Draw("a.png"), "out");
        var options = OptionResolver.Resolve(request.Plugin.Descriptor, "fast", [new("channels-down", eleven), new("channels-up", eleven), new("channels-skip", eleven)]);
        var refusal = Assert.Throws<InvalidOptionsException>(() => new PictureRestorer(TimeProvider.System).Restore(request with { Options = options }, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("at most 10", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_ReferenceOfAnotherSize_IsRefusedNamingBoth()
    {
        var refusal = Assert.Throws<RefusedException>(() => Restore(new DenoisePlugin(), Draw("a.png"), "out", reference: Draw("b.png", 41, 32)));
        Assert.Contains("41×32", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("40×32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_CancelledThenResumed_GivesTheBytesOfOneThatWasNotAndLeavesNoState()
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var whole = Restore(new DenoisePlugin(), picture, "whole");
        var request = Request(new DenoisePlugin(), picture, "out");
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(TimeProvider.System).Restore(request, _ => cancellation.Cancel(), cancellation: cancellation.Token));
        Assert.Empty(Directory.GetFiles(request.OutputFolder));
        var notices = new List<string>();
        var resumed = new PictureRestorer(TimeProvider.System).Restore(request with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("Resumed from the checkpoint at iteration 10", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
        Assert.False(Directory.Exists(Path.Combine(request.OutputFolder, ".dip")));
        Assert.Equal(resumed.ToJson(), File.ReadAllText(Path.Combine(request.OutputFolder, "noisy.json")));
    }

    [Fact]
    public void Restore_NoiseAlone_WarnsThatLittleCanBeTrusted()
    {
        var path = Path.Combine(_folder, "noise.png");
        var random = new Random(1);
        PictureWriter.WritePng(new Picture(64, 64, 1, 8, [.. Enumerable.Range(0, 64 * 64).Select(_ => random.NextSingle())]), path);
        Assert.Contains("close to pure noise", Assert.Single(Restore(new DenoisePlugin(), path, "out").Warnings), StringComparison.Ordinal);
    }

    /// <summary>It is filled by another network, and said so; what is known stays.</summary>
    [Fact]
    public void Restore_WideHole_IsBridgedWithAWarning()
    {
        var mask = Path.Combine(_folder, "mask.png");
        PictureWriter.WritePng(new Picture(40, 32, 1, 8, [.. Enumerable.Range(0, 40 * 32).Select(i => i % 40 < 2 ? 1f : 0f)]), mask);
        // Wide enough for Muon.
        (string, string)[] wide = [("channels-down", "8,8"), ("channels-up", "8,8")];
        var bridged = Restore(new InpaintingPlugin(), Draw("a.png"), "bridged", mask: mask, set: wide);
        var blind = Restore(new InpaintingPlugin(), Draw("a.png"), "blind", mask: mask, set: [.. wide, ("wide-holes", "blind-spot")]);
        Assert.Contains("receptive field of 31 pixels can bridge: 5 scales without skips were fitted by the energy for 40 iterations", Assert.Single(bridged.Warnings), StringComparison.Ordinal);
        Assert.Contains("receptive field of 31 pixels can bridge: expect its middle to be smooth", Assert.Single(blind.Warnings), StringComparison.Ordinal);
        Assert.NotEqual(bridged.Output.Sha256, blind.Output.Sha256);
        // What is fitted instead is what anybody can ask for.
        var asked = Restore(new InpaintingPlugin(), Draw("a.png"), "asked", mask: mask, set:
        [
            ("objective", "energy"), ("input", "mesh-grid"), ("input-noise", "0.03"), ("channels-down", "8,8,8,8,8"), ("channels-up", "8,8,8,8,8"), ("channels-skip", "0,0,0,0,0"),
            ("filter-skip", "1"), ("padding", "reflection"), ("activation", "leaky-relu"), ("bias", "true"), ("upsample", "nearest"), ("ensemble", "1"),
        ]);
        Assert.Equal(bridged.Output.Sha256, asked.Output.Sha256);
        Assert.Equal(PictureReader.Read(Draw("a.png"), 1 << 20).Plane(0)[0], PictureReader.Read(bridged.Output.Path, 1 << 20).Plane(0)[0]);
    }

    [Theory]
    [InlineData("cuda:0", "auto", false, true)]
    [InlineData("cuda:0", "auto", true, false)]
    [InlineData("cuda:0", "off", true, false)]
    [InlineData("cpu", "auto", true, true)]
    public void SettingsOf_AnAttemptAfterACrash_RecordsNothingOnAGpu(string device, string graphs, bool isAfterCrash, bool isRecorded)
    {
        var notices = new List<RestorationNotice>();
        var request = Request(new DenoisePlugin(), Draw("a.png"), "out", set: ("cuda-graphs", graphs)) with { IsAfterCrash = isAfterCrash };

        Assert.Equal(isRecorded, PictureRestorer.SettingsOf(request, device, notices.Add).CudaGraphs);
        Assert.Equal(isAfterCrash && device != "cpu" && graphs == "auto" ? 1 : 0, notices.Count);
    }

    [Theory]
    [InlineData("auto", true)]
    [InlineData("libtorch", false)]
    public void SettingsOf_Kernels_AreWhatThePlanHas(string kernels, bool areOwn)
    {
        var settings = PictureRestorer.SettingsOf(Request(new DenoisePlugin(), Draw("a.png"), "out", set: ("kernels", kernels)), "cuda:0", null);

        Assert.Equal(areOwn, ExecutionPlan.For("cuda:0", settings, WorkingSize.For(settings.Network, 32, 40)).OwnKernels);
    }

    [Theory]
    [InlineData("photo.png", "photo.png", "photo.json")]
    [InlineData("photo.jpg", "photo.jpg.png", "photo.jpg.json")]
    [InlineData("photo.PNG", "photo.png", "photo.json")]
    public void OutputPaths_EachSource_HasItsOwn(string source, string picture, string metrics)
    {
        var paths = new OutputPaths(source, "out");
        Assert.Equal(("out/" + picture, "out/" + metrics), (paths.Picture, paths.Metrics));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Draw(string name, int width = 40, int height = 32, int depth = 8, int channels = 3, double noise = 0)
    {
        var path = Path.Combine(_folder, name);
        PictureWriter.WritePng(new Picture(width, height, channels, depth, Scenes.Waves(width, height, channels, noise)), path);
        return path;
    }

    private RestorationMetrics Restore(TaskPlugin plugin, string picture, string output, string? mask = null, string? reference = null, params (string, string)[] set) =>
        new PictureRestorer(TimeProvider.System).Restore(Request(plugin, picture, output, mask, reference, set));

    private RestorationRequest Request(
        TaskPlugin plugin, string picture, string output, string? mask = null, string? reference = null, params (string Name, string Value)[] set) => new()
    {
        PicturePath = picture,
        Plugin = plugin,
        Preset = "fast",
        Options = OptionResolver.Resolve(plugin.Descriptor, "fast",
        [
            new("channels-down", "4,4"), new("channels-up", "4,4"), new("channels-skip", "2,2"), new("iterations", "40"), new("threads", "1"), new("stop", "fixed"),
            .. set.Select(o => KeyValuePair.Create(o.Name, o.Value)),
        ]),
        CompanionPaths = mask is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["mask"] = mask },
        ReferencePath = reference,
        OutputFolder = Path.Combine(_folder, output),
    };
}
