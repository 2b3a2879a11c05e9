using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class ParameterBufferTests
{
    static ParameterBufferTests() => Backends.Prepare();

    /// <summary>Unaligned, cuDNN's batch norm ended a GPU's process: "misaligned address".</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Views_BeginAtMultiplesOf64Bytes(bool isBFloat16)
    {
        using var scope = NewDisposeScope();
        var layout = Odd();
        using var parameters = new ParameterBuffer(layout, isBFloat16 ? bfloat16 : float32, CPU, isChannelsLast: true);
        foreach (var view in parameters.Views())
        {
            Assert.Equal(0, view.storage_offset() * view.element_size() % 64);
        }
    }

    [Fact]
    public void GetAndViews_GiveWhatWasSet_AndNothingLiesBetween()
    {
        using var scope = NewDisposeScope();
        var layout = Odd();
        using var parameters = new ParameterBuffer(layout, float32, CPU);
        var values = layout.Specs.Select(s => full(s.Shape, 1f + s.Index)).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            parameters.Set(layout.Specs[i], values[i]);
        }

        var views = parameters.Views();
        Assert.All(layout.Specs, s => Assert.True(values[s.Index].equal(parameters.Get(s, parameters.Flat)).all().item<bool>() && values[s.Index].equal(views[s.Index]).all().item<bool>()));
        Assert.Equal(layout.Specs.Sum(s => s.Count * (1f + s.Index)), parameters.Flat.sum().item<float>());

        views.Select((v, i) => v.sum() * (i + 1)).Aggregate((a, b) => a + b).backward();
        Assert.All(layout.Specs, s => Assert.True((parameters.Get(s, parameters.Flat.grad!) == 1 + s.Index).all().item<bool>()));
        Assert.Equal(layout.Specs.Sum(s => s.Count * (1f + s.Index)), parameters.Flat.grad!.sum().item<float>());
    }

    [Fact]
    public void Views_WithoutLostBiases_HaveTheOthersAndTheirGradients()
    {
        using var scope = NewDisposeScope();
        var layout = new ParameterLayout();
        ParameterKind[] kinds = [ParameterKind.LostBias, ParameterKind.Weight, ParameterKind.LostBias, ParameterKind.Affine, ParameterKind.Bias, ParameterKind.LostBias];
        foreach (var kind in kinds)
        {
            layout.Add(kind, ParameterStart.Uniform, 0.1, kind == ParameterKind.Weight ? [3, 5, 3, 3] : [3]);
        }

        using var parameters = new ParameterBuffer(layout, float32, CPU);
        parameters.Initialise(new Generator(1, CPU));
        var views = parameters.Views(withLostBiases: false);
        views.Where(v => v is not null).Select(v => v.square().sum()).Aggregate((a, b) => a + b).backward();
        foreach (var spec in layout.Specs)
        {
            var gradient = parameters.Get(spec, parameters.Flat.grad!);
            Assert.Equal(spec.Kind == ParameterKind.LostBias, views[spec.Index] is null);
            Assert.True((gradient == (spec.Kind == ParameterKind.LostBias ? 0 : 2) * parameters.Get(spec, parameters.Flat)).all().item<bool>());
        }
    }

    private static ParameterLayout Odd()
    {
        var layout = new ParameterLayout();
        layout.Add(ParameterKind.Weight, ParameterStart.Uniform, 0.1, 3, 5, 3, 3);
        layout.Add(ParameterKind.Bias, ParameterStart.Uniform, 0.1, 3);
        layout.Add(ParameterKind.Affine, ParameterStart.Constant, 1, 3);
        layout.Add(ParameterKind.Affine, ParameterStart.Constant, 0, 32);
        layout.Add(ParameterKind.Weight, ParameterStart.Uniform, 0.1, 1, 3, 1, 1);
        return layout;
    }
}
