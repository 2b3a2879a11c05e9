using System.Text.Json;
using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

/// <summary>
/// The network is the original's: same output, gradients and five Adam steps. In float64 every number is held to a float64 run of an
/// independent implementation of the same network (bench/pytorch, whose float32 run gives the recorded numbers bit by bit). In float32, as
/// the engine runs it, every number is held to the recorded one; where the recorded one itself is off the exact one by more than the
/// tolerance (a LeakyReLU whose argument is rounding noise fell on the other side of zero), ours is held to the exact one.
/// </summary>
public sealed class SkipNetworkGoldenTests
{
    private static readonly string[] s_names = ["skip_default", "skip_avg", "skip_lanczos2", "skip_library", "skip_nearest_zero"];

    static SkipNetworkGoldenTests() => Backends.Prepare();

    public static TheoryData<string> Cases => [.. s_names];

    public static MatrixTheoryData<string, bool> CasesInBothFormats => new(s_names, [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_OriginalParametersInFloat64_MatchesOutputGradientsAndLossesOfFiveSteps(string name)
    {
        using var scope = NewDisposeScope();
        var (golden, exact) = (GoldenCase.Load(name), GoldenCase.Load(name + ".exact"));
        var ours = new Run(golden, float64);
        var compared = 0;
        foreach (var (tensor, values) in ours.Named())
        {
            var recorded = exact.Tensor(tensor).to(float64);
            // Recorded in float32; gradients of biases before a batch norm are zero but for rounding.
            var limit = (1e-6 * recorded.abs().max().item<double>()) + 1e-12;
            var difference = (values.to(float64) - recorded).abs().max().item<double>();
            Assert.True(difference <= limit, $"{tensor}: differs by {difference:g4}, allowed {limit:g4}");
            compared++;
        }

        Assert.Equal(exact.Names.Count, compared);
    }

    /// <summary>In both memory formats, of which a device uses one.</summary>
    [Theory]
    [MemberData(nameof(CasesInBothFormats))]
    public void Forward_OriginalParametersInFloat32_MatchesOutputGradientsAndLossesOfFiveSteps(string name, bool isChannelsLast)
    {
        using var scope = NewDisposeScope();
        var (golden, exact) = (GoldenCase.Load(name), GoldenCase.Load(name + ".exact"));
        Assert.Equal(6, golden.Tensor("loss_per_step").numel());
        // Each of the six losses in float32 where the exact run has come to: all within the tolerance.
        foreach (var (tensor, values) in new Run(golden, float32, isChannelsLast, along: new Run(golden, float64)).Named())
        {
            AssertMatches(golden, exact, tensor, values);
        }

        // Left to itself a float32 run parts from others: Adam makes a full step of the sign of a rounding error, and a value falls on the
        // other side of a LeakyReLU's kink. The recorded ones are up to 1.5e-3 off exact.
        var (losses, limit) = (new Run(golden, float32, isChannelsLast).Named().Last(), 2e-3 * exact.Tensor("loss_per_step").max().item<float>());
        Assert.InRange((losses.Values - exact.Tensor(losses.Name)).abs().max().item<float>(), 0, limit);
        Assert.InRange((losses.Values - golden.Tensor(losses.Name)).abs().max().item<float>(), 0, limit);
        Assert.Equal(golden.Tensor(losses.Name)[0].item<float>(), losses.Values[0].item<float>(), 1e-6);
    }

    [Fact]
    public void AssertMatches_NumbersOfAnotherNetwork_Fails()
    {
        using var scope = NewDisposeScope();
        var (golden, exact, other) = (GoldenCase.Load("skip_avg"), GoldenCase.Load("skip_avg.exact"), GoldenCase.Load("skip_default"));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertMatches(golden, exact, "output", new Run(other, float32).Output));
    }

    private static void AssertMatches(GoldenCase golden, GoldenCase exact, string name, Tensor ours)
    {
        if (golden.Difference(name, ours) is { } outside)
        {
            Assert.True(golden.Difference(name, exact.Tensor(name)) is not null, outside);
            exact.AssertClose(name, ours);
        }
    }

    /// <summary>Forward and backward pass, then five Adam steps, in a given precision; <c>along</c> gives the parameters before each.</summary>
    private sealed class Run
    {
        public Run(GoldenCase golden, ScalarType precision, bool isChannelsLast = false, Run? along = null)
        {
            var given = golden.Tensor("input").to(precision);
            var input = isChannelsLast ? MemoryFormat.ChannelsLast(given) : given.contiguous();
            var target = golden.Tensor("target").to(precision);
            var network = new SkipNetwork(Settings(golden.Header.GetProperty("network")), (int)input.shape[1], 3);
            using var parameters = new ParameterBuffer(network.Layout, precision, CPU, isChannelsLast: isChannelsLast);
            Names = [.. golden.Names.Where(n => n.StartsWith("param.", StringComparison.Ordinal))];
            Assert.Equal(Names.Count, network.Layout.Specs.Count);
            for (var i = 0; i < Names.Count; i++)
            {
                parameters.Set(network.Layout.Specs[i], golden.Tensor(Names[i]));
            }

            var (first, second) = (zeros_like(parameters.Flat), zeros_like(parameters.Flat));
            for (var step = 0; step <= 5; step++)
            {
                using (no_grad())
                {
                    parameters.Flat.copy_(along is null ? parameters.Flat : along.Trajectory[step]);
                    Trajectory.Add(parameters.Flat.detach().clone());
                }

                var output = network.Forward(input, new Pass(parameters.Views()));
                var loss = (output - target).square().mean();
                Losses.Add(loss.to(float64).item<double>());
                loss.backward();
                var gradient = parameters.Flat.grad!;
                if (step == 0)
                {
                    Output = output.detach();
                    Gradients = [.. network.Layout.Specs.Select(s => parameters.Get(s, gradient).clone())];
                }

                Adam.Step(parameters.Flat, gradient, first, second, step + 1, 0.01);
                gradient.zero_();
            }
        }

        public IReadOnlyList<string> Names { get; }

        public Tensor Output { get; } = null!;

        public IReadOnlyList<Tensor> Gradients { get; } = [];

        public List<double> Losses { get; } = [];

        /// <summary>The parameters before each step, flat.</summary>
        public List<Tensor> Trajectory { get; } = [];

        /// <summary>All that a case records, by its name there.</summary>
        public IEnumerable<(string Name, Tensor Values)> Named() =>
        [
            ("output", Output),
            .. Names.Select((name, i) => ("grad" + name["param".Length..], Gradients[i])),
            ("loss_per_step", tensor(Losses.ToArray(), float32)),
        ];
    }

    private static NetworkSettings Settings(JsonElement network)
    {
        return new NetworkSettings
        {
            Down = List("num_channels_down"),
            Up = List("num_channels_up"),
            Skip = List("num_channels_skip"),
            FilterDown = Integer("filter_size_down", 3),
            FilterUp = Integer("filter_size_up", 3),
            FilterSkip = Integer("filter_skip_size", 1),
            Downsampling = Enum.Parse<Downsampling>(Text("downsample_mode", "stride"), ignoreCase: true),
            Upsampling = Enum.Parse<Upsampling>(Text("upsample_mode", "nearest"), ignoreCase: true),
            Padding = Enum.Parse<DipPipeline.Engine.Networks.Padding>(Text("pad", "zero"), ignoreCase: true),
            Up1x1 = !network.TryGetProperty("need1x1_up", out var value) || value.GetBoolean(),
        };

        int[] List(string key) => [.. network.GetProperty(key).EnumerateArray().Select(v => v.GetInt32())];

        int Integer(string key, int otherwise) => network.TryGetProperty(key, out var value) ? value.GetInt32() : otherwise;

        string Text(string key, string otherwise) => network.TryGetProperty(key, out var value) ? value.GetString()! : otherwise;
    }
}
