using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Objectives;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class BridgingTests
{
    /// <summary>Five scales see 251 pixels when they repeat pixels; more come where the hole is wider, as long as the picture can be halved so often.</summary>
    [Theory]
    [InlineData(47, 320, 320, 5)]
    [InlineData(300, 2000, 1000, 6)]
    [InlineData(800, 4000, 4000, 7)]
    [InlineData(1e5, 4000, 4000, 8)]
    [InlineData(300, 50, 2000, 5)]
    [InlineData(30, 16, 16, 5)]
    public void Bridging_AHole_HasAsManyScalesAsSeeOverIt(double hole, int height, int width, int scales)
    {
        var asked = TinyJob.Settings(("objective", "blind-spot"), ("ensemble", "3"), ("iterations", "90"), ("optimiser", "muon"), ("learning-rate", "0.006"), ("channels-up", "12,40"));
        var bridging = asked.Bridging(hole, height, width);
        Assert.Equal(scales, bridging.Network.Scales);
        Assert.Equal((ObjectiveKind.Energy, InputKind.MeshGrid, 1, 12), (bridging.Objective.Kind, bridging.Input.Kind, bridging.Ensemble, bridging.Network.Width));
        Assert.All(bridging.Network.Skip, s => Assert.Equal(0, s));
        Assert.Equal((asked.Iterations, asked.Optimiser, asked.LearningRate, asked.AverageDecay), (bridging.Iterations, bridging.Optimiser, bridging.LearningRate, bridging.AverageDecay));
    }

    [Theory]
    [InlineData("muon", "2000", 600)]
    [InlineData("adam", "2000", 2000)]
    [InlineData("adam", "9000", 3000)]
    public void Bridging_ManyIterations_TakesAsManyAsTheHoleGainsBy(string optimiser, string asked, int taken) =>
        Assert.Equal(taken, TinyJob.Settings(("objective", "blind-spot"), ("optimiser", optimiser), ("iterations", asked)).Bridging(50, 320, 320).Iterations);
}
