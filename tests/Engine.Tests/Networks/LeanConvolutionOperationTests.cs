using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Tests.Optimisation;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

/// <summary>What libtorch is asked for is told by a clock of the whole process: nothing else may run.</summary>
[CollectionDefinition(nameof(LeanConvolutionOperationTests), DisableParallelization = true)]
[Collection(nameof(LeanConvolutionOperationTests))]
public sealed class LeanConvolutionOperationTests
{
    [Theory]
    [InlineData(128, 8)]
    [InlineData(124, 0)]
    public void LeanPass_LargePlanes_AddsProductsForTheCopiesBeyondEachBorder(int side, int products)
    {
        using var scope = NewDisposeScope();
        // Of its convolutions one, the merging, is 3×3 and at full size and not of the network's input: four lines, forward and for the gradients.
        var settings = TinyJob.Settings(("padding", "reflection"), ("channels-skip", "3,3")).Network;
        var network = Network.Create(settings, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, float32, CPU, isChannelsLast: false);
        parameters.Initialise(new Generator(3, CPU));
        var z = randn([1, 4, side, side], generator: new Generator(1, CPU));

        Assert.Equal(products, Products(LeanPass.Begin(parameters.Views())));
        Assert.Equal(0, Products(new Pass(parameters.Views())));

        double Products(Pass pass)
        {
            using var clock = new OperationClock("cpu");
            network.Forward(z, pass).sum().backward();
            (pass as LeanPass)?.Backward();
            return clock.Operations(1).Where(o => o.Name == "aten::mm").Sum(o => o.Calls);
        }
    }
}
