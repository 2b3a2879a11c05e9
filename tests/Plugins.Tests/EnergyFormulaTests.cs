using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Plugins.Denoise;
using DipPipeline.Plugins.Inpainting;
using DipPipeline.Plugins.SuperResolution;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Plugins.Tests;

/// <summary>Each plugin's energy is its formula, written here once more in plain tensor operations.</summary>
public sealed class EnergyFormulaTests
{
    [Fact]
    public void Denoise_Energy_IsTheMeanSquaredDifference()
    {
        using var scope = NewDisposeScope();
        using var observation = Observation(3, 20, 24);
        using var problem = new DenoisePlugin().Formulate(observation, Options(new DenoisePlugin()));
        var x = rand(1, 3, 20, 24);
        Assert.Equal((x - observation.Picture).square().mean().item<float>(), problem.Energy.Evaluate(x).item<float>(), 1e-6);
        Assert.True(problem.ObservationIsNoisy);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void SuperResolution_Energy_ComparesTheReducedPicture(int factor)
    {
        using var scope = NewDisposeScope();
        using var observation = Observation(3, 10, 14);
        var plugin = new SuperResolutionPlugin();
        using var problem = plugin.Formulate(observation, Options(plugin, ("factor", $"{factor}"), ("kernel", "box")));
        Assert.Equal((10 * factor, 14 * factor), (problem.Height, problem.Width));
        var x = rand(1, 3, 10 * factor, 14 * factor);
        var reduced = nn.functional.avg_pool2d(x, (long)factor, (long)factor);
        Assert.Equal((reduced - observation.Picture).square().mean().item<float>(), problem.Energy.Evaluate(x).item<float>(), 1e-6);
    }

    public static MatrixTheoryData<int, string> Reductions { get; } = new([2, 3, 4, 8], ["lanczos2", "lanczos3", "bicubic", "box"]);

    [Theory]
    [MemberData(nameof(Reductions))]
    public void SuperResolution_BackProjection_ComesToTheObservation(int factor, string kernel)
    {
        using var scope = NewDisposeScope();
        using var observation = Observation(3, 10, 14);
        var plugin = new SuperResolutionPlugin();
        var x = rand(1, 3, 10 * factor, 14 * factor);
        var before = x.clone();

        float[] residuals = [.. new[] { 0, 1, 5, 60 }.Select(steps =>
        {
            using var problem = plugin.Formulate(observation, Options(plugin, ("factor", $"{factor}"), ("kernel", kernel), ("back-projection", $"{steps}")));
            return problem.Energy.Evaluate(problem.Deliver(x)).sqrt().item<float>();
        })];

        Assert.InRange(residuals[1], 0, 0.9f * residuals[0]);
        Assert.InRange(residuals[2], 0, 0.2f * residuals[0]);
        Assert.InRange(residuals[3], 0, 0.01f * residuals[0]);
        Assert.True(x.equal(before).all().item<bool>());
    }

    [Fact]
    public void SuperResolution_NoBackProjection_DeliversThePictureItself()
    {
        using var scope = NewDisposeScope();
        using var observation = Observation(1, 6, 6);
        var plugin = new SuperResolutionPlugin();
        using var problem = plugin.Formulate(observation, Options(plugin, ("back-projection", "0")));
        var x = rand(1, 1, 24, 24);
        Assert.True(problem.Deliver(x).equal(x).all().item<bool>());
    }

    [Fact]
    public void Inpainting_Energy_SeesOnlyKnownPixels()
    {
        using var scope = NewDisposeScope();
        var mask = (rand(1, 1, 20, 24) > 0.5).to(float32);
        using var observation = Observation(3, 20, 24, mask);
        using var problem = new InpaintingPlugin().Formulate(observation, Options(new InpaintingPlugin()));
        var x = rand(1, 3, 20, 24);
        var expected = ((x - observation.Picture) * mask).square().sum() / (3 * mask.sum());
        Assert.Equal(expected.item<float>(), problem.Energy.Evaluate(x).item<float>(), 1e-6);
        var elsewhere = x + ((1 - mask) * rand_like(x));
        Assert.Equal(problem.Energy.Evaluate(x).item<float>(), problem.Energy.Evaluate(elsewhere).item<float>());
    }

    [Fact]
    public void Inpainting_Deliver_KeepsKnownPixelsExactlyAndBlendsSoftOnes()
    {
        using var scope = NewDisposeScope();
        var mask = tensor(new[] { 1f, 0.25f, 0f }, [1, 1, 1, 3]);
        using var observation = new Observation { Picture = tensor(new[] { 0.1f, 0.2f, 0.3f }, [1, 1, 1, 3]), Companions = new Dictionary<string, Tensor> { ["mask"] = mask } };
        using var problem = new InpaintingPlugin().Formulate(observation, Options(new InpaintingPlugin()));
        var delivered = problem.Deliver(full([1, 1, 1, 3], 0.6)).data<float>().ToArray();
        Assert.Equal(0.1f, delivered[0]);
        Assert.Equal((0.25f * 0.2f) + (0.75f * 0.6f), delivered[1], 1e-6f);
        Assert.Equal(0.6f, delivered[2], 1e-6f);
    }

    [Fact]
    public void Inpainting_NoMask_IsRefusedWithTheCure()
    {
        using var observation = Observation(1, 8, 8);
        var refusal = Assert.Throws<RefusedException>(() => new InpaintingPlugin().Formulate(observation, Options(new InpaintingPlugin())));
        Assert.Contains("--mask", refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Plugins => ["denoise", "superres", "inpaint"];

    [Theory]
    [MemberData(nameof(Plugins))]
    public void Descriptor_EachPreset_IsAcceptedByItsOwnSchema(string id)
    {
        TaskPlugin plugin = id == "denoise" ? new DenoisePlugin() : id == "superres" ? new SuperResolutionPlugin() : new InpaintingPlugin();
        Assert.Equal(id, plugin.Descriptor.Id);
        string[] names = ["paper", "balanced", "fast", "best"];
        Assert.Equal(names, plugin.Descriptor.Presets.Select(p => p.Name));
        var options = plugin.Descriptor.Presets.Select(p => string.Join(' ', OptionResolver.Resolve(plugin.Descriptor, p.Name, []).Values)).ToArray();
        Assert.Equal(names.Length, options.Distinct().Count());
    }

    // What has no effect on a preset's result, or is for the person or the machine to say.
    private static readonly string[] s_unstated =
    [
        "fourier-octaves", "fourier-base", "recorruption", "dropped", "noise-sigma", "discrepancy-factor", "variance-window", "tv-kind", "tv-beta",
        "precision", "threads", "cuda-graphs", "kernels", "tile", "tile-overlap", "tiles-at-once", "networks-at-once", "memory", "checkpoint-every",
    ];

    /// <summary>A changed default, or a new option, must change no preset.</summary>
    [Theory]
    [MemberData(nameof(Plugins))]
    public void Descriptor_EachPreset_StatesEveryOptionThatShapesItsResult(string id)
    {
        TaskPlugin plugin = id == "denoise" ? new DenoisePlugin() : id == "superres" ? new SuperResolutionPlugin() : new InpaintingPlugin();
        Assert.All(plugin.Descriptor.Presets, preset => Assert.Empty(SolverOptions.All.Select(o => o.Name).Except(preset.Values.Keys).Except(s_unstated)));
        Assert.Empty(s_unstated.Except(SolverOptions.All.Select(o => o.Name)));
    }

    /// <summary>"As published" is a claim about numbers: changing a default, or a shared preset, must not change them.</summary>
    [Theory]
    [InlineData("denoise", "1800", "0.01", "0.03333", "0.99")]
    [InlineData("superres", "2000", "0.01", "0.03", "0")]
    [InlineData("inpaint", "11000", "0.001", "0.03", "0")]
    public void Descriptor_Paper_HasThePublishedNumbers(string id, string iterations, string rate, string noise, string average)
    {
        TaskPlugin plugin = id == "denoise" ? new DenoisePlugin() : id == "superres" ? new SuperResolutionPlugin() : new InpaintingPlugin();
        var paper = OptionResolver.Resolve(plugin.Descriptor, "paper", []);
        Assert.Equal(
            (iterations, rate, noise, average, "fixed", "noise-uniform", "32", "0.1"),
            (paper.Text("iterations"), paper.Text("learning-rate"), paper.Text("input-noise"), paper.Text("average-decay"), paper.Text("stop"),
                paper.Text("input"), paper.Text("input-channels"), paper.Text("input-scale")));
        Assert.Equal(
            ("128,128,128,128,128", "128,128,128,128,128", "4,4,4,4,4", "3", "3", "1"),
            (paper.Text("channels-down"), paper.Text("channels-up"), paper.Text("channels-skip"), paper.Text("filter-down"), paper.Text("filter-up"), paper.Text("filter-skip")));
        Assert.Equal(
            ("stride", "bilinear", "reflection", "leaky-relu", "true", "true", "true", "0"),
            (paper.Text("downsample"), paper.Text("upsample"), paper.Text("padding"), paper.Text("activation"), paper.Text("up-1x1"), paper.Text("bias"),
                paper.Text("sigmoid"), paper.Text("tv-weight")));
        Assert.Equal(id == "superres" ? "lanczos2" : null, paper.Values.FirstOrDefault(o => o.Key == "kernel").Value);
    }

    [Fact]
    public void SuperResolution_Factor5_IsRefusedWithTheChoices()
    {
        var refusal = Assert.Throws<InvalidOptionsException>(() => Options(new SuperResolutionPlugin(), ("factor", "5")));
        Assert.Contains("2, 3, 4, 8", refusal.Message, StringComparison.Ordinal);
    }

    private static OptionSet Options(TaskPlugin plugin, params (string Name, string Value)[] overrides) =>
        OptionResolver.Resolve(plugin.Descriptor, null, overrides.Select(o => KeyValuePair.Create(o.Name, o.Value)));

    private static Observation Observation(int channels, int height, int width, Tensor? mask = null) => new()
    {
        Picture = rand(1, channels, height, width),
        Companions = mask is null ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor> { ["mask"] = mask },
    };
}
