using DipPipeline.Contracts.Options;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class NetworkKindTests
{
    [Theory]
    [InlineData("network", "deep-decoder")]
    [InlineData("trained", "affine")]
    [InlineData("pixel-shuffle", "2")]
    [InlineData("filter-down", "1")]
    public void Run_EachNetwork_FitsThePictureInItsOwnWayAndRepeatsItsBytes(string option, string value)
    {
        using var job = new TinyJob(32, 48);
        (string, string)[] width = [("iterations", "200"), ("channels-down", "16,16"), ("channels-up", "16,16")];
        var settings = TinyJob.Settings([(option, value), .. width]);
        using var solver = job.Solver(settings);
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        using var picture = result.Picture;
        Assert.Equal([1, 3, 32, 48], picture.shape);
        Assert.True(result.Counters.LastEnergy < 0.8 * result.Counters.FirstEnergy, $"{result.Counters.LastEnergy} after {result.Counters.FirstEnergy}");
        var bytes = job.Run(settings);
        Assert.Equal(bytes, job.Run(settings));
        Assert.NotEqual(bytes, job.Run(TinyJob.Settings(width)));
    }

    /// <summary>Heckel and Hand's decoder: (k·k + 2k) a scale, less the biases that it does without, and k·c at the end.</summary>
    [Fact]
    public void DeepDecoder_OfTheArticle_HasItsNumberOfParameters()
    {
        var settings = TinyJob.Settings(("network", "deep-decoder"), ("bias", "false"), ("channels-up", "64,64,64,64,64"),
            ("channels-down", "64,64,64,64,64"), ("channels-skip", "0,0,0,0,0")).Network;
        Assert.Equal((5 * ((64 * 64) + (2 * 64))) + (64 * 3), Network.Create(settings, 64, 3).Layout.Count);
        Assert.Equal(32, settings.InputDivisor);
    }

    [Theory]
    [InlineData("padding", "reflection")]
    [InlineData("padding", "zero")]
    [InlineData("channels-skip", "9,0")]
    public void Forward_MergedApart_HasTheSamePictureAndGradient(string option, string value)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings((option, value), ("filter-skip", "3")).Network;
        var z = randn([1, 4, 16, 24], float64, generator: new Generator(1, CPU));
        var direction = randn([1, 3, 16, 24], float64, generator: new Generator(2, CPU));
        var (picture, gradient) = Pass(false);
        var (apart, itsGradient) = Pass(true);
        Assert.True((picture - apart).abs().max().item<double>() < 1e-12);
        Assert.True((gradient - itsGradient).abs().max().item<double>() < 1e-10 * gradient.abs().max().item<double>());

        (Tensor Picture, Tensor Gradient) Pass(bool apart)
        {
            var network = new SkipNetwork(settings, 4, 3) { MergesApart = apart };
            using var parameters = new ParameterBuffer(network.Layout, float64, CPU);
            parameters.Initialise(new Generator(3, CPU));
            var made = network.Forward(z, apart ? new RoomyPass(parameters.Views()) : new Pass(parameters.Views()));
            (made * direction).sum().backward();
            return (made.detach(), parameters.Flat.grad!.clone());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    [InlineData(1)]
    public void Forward_WithAMargin_IsASigmoidOfThatRange(double margin)
    {
        using var scope = NewDisposeScope();
        var z = randn([1, 4, 16, 24], float64, generator: new Generator(1, CPU));
        var features = Picture("false", 0);
        var expected = ((1 + (2 * margin)) / (1 + (-features).exp())) - margin;
        Assert.True((Picture("true", margin) - expected).abs().max().item<double>() < 1e-12);

        Tensor Picture(string sigmoid, double margin)
        {
            var network = Network.Create(TinyJob.Settings(("sigmoid", sigmoid), ("sigmoid-margin", FormattableString.Invariant($"{margin}"))).Network, 4, 3);
            using var parameters = new ParameterBuffer(network.Layout, float64, CPU);
            parameters.Initialise(new Generator(3, CPU));
            return network.Forward(z, new Pass(parameters.Views())).detach();
        }
    }

    // As on a GPU, whose tensor cores take sixteen channels at once.
    private sealed class RoomyPass(Tensor[] parameters) : Pass(parameters)
    {
        public override int Room => 16;
    }

    [Fact]
    public void Run_AffineTrained_LeavesEveryConvolutionAsItStarted()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        var settings = TinyJob.Settings(("trained", "affine"));
        using var solver = job.Solver(settings);
        var layout = Network.Create(settings.Network, 4, 3).Layout;
        using var parameters = new ParameterBuffer(layout, float32, CPU);
        var before = solver.State["parameters"].detach().clone();
        solver.Run(new SolverEvents(), CancellationToken.None).Picture.Dispose();
        var moved = (solver.State["parameters"].detach() - before).abs();
        Assert.Equal(parameters.Flat.shape, moved.shape);
        Assert.Equal(0, layout.Convolutions.Max(s => parameters.Get(s, moved).max().item<float>()));
        Assert.True(layout.Affine.Max(s => parameters.Get(s, moved).max().item<float>()) > 0.01);
    }

    [Theory]
    [InlineData("input=none", "shown nothing else")]
    [InlineData("input=none guide=observation", null)]
    [InlineData("network=deep-decoder objective=recorrupted", "coarsest scale")]
    [InlineData("network=deep-decoder guide=observation", "coarsest scale")]
    [InlineData("network=deep-decoder input=picture", "coarsest scale")]
    [InlineData("network=deep-decoder input=fourier", null)]
    [InlineData("symmetries=true pixel-shuffle=2", "one of both")]
    [InlineData("symmetries=true", null)]
    [InlineData("ensemble=2 stop=moving-variance", null)]
    [InlineData("ensemble=2 tail-mean=0.5 stop=moving-variance", "average the last iterations")]
    [InlineData("ensemble=2 tail-mean=0.5", null)]
    [InlineData("stop=held-out", "objective recorrupted")]
    [InlineData("stop=held-out objective=recorrupted", null)]
    [InlineData("ensemble=7 iterations=6", "do not go round")]
    [InlineData("ensemble=6 iterations=6", null)]
    public void From_OptionsThatDoNotGoTogether_AreRefusedInOneSentence(string options, string? reason)
    {
        var refusal = Record.Exception(() => TinyJob.Settings([.. options.Split(' ').Select(o => o.Split('=')).Select(o => (o[0], o[1]))]));
        Assert.Equal(reason is not null, refusal is InvalidOptionsException);
        Assert.Contains(reason ?? "", refusal?.Message ?? "", StringComparison.Ordinal);
    }
}
