using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class TileProgressTests
{
    [Fact]
    public void At_TheFirstTile_ExpectsTheMostOfEach()
    {
        var p = new TileProgress(tiles: 4, most: 100, []).At(Solver(iteration: 20, done: 20, seconds: 2), own: 100);
        Assert.Equal((1, 4, 20, 400), (p.Tile, p.Tiles, p.Iteration, p.Iterations));
        Assert.Equal((10, TimeSpan.FromSeconds(38)), (p.IterationsPerSecond, p.Remaining));
    }

    /// <summary>A tile that stopped early counts in full in the position, and as it was in the time left.</summary>
    [Fact]
    public void At_ALaterTile_ExpectsWhatTheFinishedOnesTook()
    {
        var progress = new TileProgress(tiles: 4, most: 100, [50]);
        progress.Finish(iterations: 70, done: 70, TimeSpan.FromSeconds(7));
        var p = progress.At(Solver(iteration: 30, done: 30, seconds: 3), own: 100);
        Assert.Equal((3, 230, 400), (p.Tile, p.Iteration, p.Iterations));
        Assert.Equal(TimeSpan.FromSeconds((30 + 60) / 10.0), p.Remaining);
        Assert.Equal(200, progress.Position(0));
    }

    /// <summary>The finished ones took 20 on average: this one has more, or fewer, at most.</summary>
    [Theory]
    [InlineData(30, 100, 70 + 20)]
    [InlineData(10, 100, 10 + 20)]
    [InlineData(10, 15, 5 + 20)]
    [InlineData(30, 200, (2 * 20) - 30 + 20)]
    [InlineData(50, 200, 150 + 20)]
    public void At_ATileOfItsOwnCount_ExpectsTheRestOfThat(int iteration, int own, int left)
    {
        var progress = new TileProgress(tiles: 4, most: 100, [20]);
        progress.Finish(iterations: 20, done: 20, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(left / 10.0), progress.At(Solver(iteration, done: iteration, seconds: iteration / 10.0), own).Remaining);
    }

    /// <summary>It had more than the others may have.</summary>
    [Fact]
    public void At_AfterATileThatWasFittedTwice_ExpectsNoMoreThanTheMostOfTheOthers()
    {
        var progress = new TileProgress(tiles: 4, most: 100, []);
        Assert.Equal(TimeSpan.FromSeconds(10 + 30), progress.At(Solver(iteration: 100, done: 100, seconds: 10), own: 200).Remaining);
        progress.Finish(iterations: 200, done: 200, TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(5 + 20), progress.At(Solver(iteration: 50, done: 50, seconds: 5), own: 100).Remaining);
    }

    /// <summary>A tile that is fitted twice has more iterations than others, and no more of the whole.</summary>
    [Theory]
    [InlineData(0, 150, 200)]
    [InlineData(75, 150, 250)]
    [InlineData(150, 150, 300)]
    [InlineData(60, 60, 260)]
    [InlineData(1, 150, 201)]
    public void Position_OfATileOfItsOwnCount_StaysWithinIts(int iteration, int own, int position) =>
        Assert.Equal(position, new TileProgress(tiles: 4, most: 100, [20, 20]).Position(iteration, own));

    [Fact]
    public void Position_OfMoreThanANumberHolds_StaysAtItsLargest() =>
        Assert.Equal(int.MaxValue, new TileProgress(10_000, 1_000_000, Enumerable.Repeat(1, 9_000)).Position(5));

    private static SolverProgress Solver(int iteration, int done, double seconds) => new(new CurvePoint(iteration, 0.1), done, TimeSpan.FromSeconds(seconds));
}
