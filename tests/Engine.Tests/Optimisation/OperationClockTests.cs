using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Tests.Networks;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Optimisation;

/// <summary>Beside the other test that times the whole process's operations, and nothing else.</summary>
[Collection(nameof(LeanConvolutionOperationTests))]
public sealed class OperationClockTests
{
    /// <summary>A GPU's Adam is no operation of libtorch's: it tells by itself where the step is.</summary>
    [Fact]
    public void Time_OwnAdam_IsTheStepBetweenBackwardPassAndAverages()
    {
        using var scope = NewDisposeScope();
        var (x, average) = (ones(8, requires_grad: true), zeros(8));
        using var clock = new OperationClock("cpu");
        clock.BeginIteration();
        x.square().sum().backward();
        var isDone = false;
        OperationClock.Time(OperationNames.OwnAdam, () => isDone = true);
        average.mul_(0.9);
        Assert.True(isDone);
        var operations = clock.Operations(1);
        Assert.Equal((IterationPhase.Step, OperationKind.Optimiser), operations.Where(o => o.Name == OperationNames.OwnAdam).Select(o => (o.Phase, o.Kind)).Single());
        Assert.Equal((IterationPhase.Averages, OperationKind.Averages), operations.Where(o => o.Name == "aten::mul_").Select(o => (o.Phase, o.Kind)).Single());
    }

    [Fact]
    public void Time_NothingIsTimed_IsDone()
    {
        var isDone = false;
        OperationClock.Time("something", () => isDone = true);
        Assert.True(isDone);
    }
}
