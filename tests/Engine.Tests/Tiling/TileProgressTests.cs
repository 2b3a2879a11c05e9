using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class TileProgressTests
{
    [Fact]
    public void At_TheFirstTile_ExpectsTheMostOfEach()
    {
        var p = At(new TileProgress(tiles: 4, most: 100, atOnce: 1, []), tile: 0, iteration: 20, own: 100, seconds: 2);
        Assert.Equal((1, 4, 20, 400), (p.Tile, p.Tiles, p.Iteration, p.Iterations));
        Assert.Equal((10, TimeSpan.FromSeconds(38)), (p.IterationsPerSecond, p.Remaining));
    }

    /// <summary>A tile that stopped early counts in full in the position, and as it was in the time left.</summary>
    [Fact]
    public void At_ALaterTile_ExpectsWhatTheFinishedOnesTook()
    {
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 1, [50]);
        progress.Finish(tile: 1, iterations: 70, done: 70);
        Assert.Equal(200, progress.Position);
        var p = At(progress, tile: 2, iteration: 30, own: 100, seconds: 10);
        Assert.Equal((3, 230, 400), (p.Tile, p.Iteration, p.Iterations));
        Assert.Equal(TimeSpan.FromSeconds((30 + 60) / 10.0), p.Remaining);
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
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 1, [20]);
        progress.Finish(tile: 1, iterations: 20, done: 20);
        Assert.Equal(TimeSpan.FromSeconds(left / 10.0), At(progress, tile: 2, iteration, own, seconds: 2 + (iteration / 10.0)).Remaining);
    }

    /// <summary>It had more than the others may have.</summary>
    [Fact]
    public void At_AfterATileThatWasFittedTwice_ExpectsNoMoreThanTheMostOfTheOthers()
    {
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 1, []);
        Assert.Equal(TimeSpan.FromSeconds(10 + 30), At(progress, tile: 0, iteration: 100, own: 200, seconds: 10).Remaining);
        progress.Finish(tile: 0, iterations: 200, done: 200);
        Assert.Equal(TimeSpan.FromSeconds(5 + 20), At(progress, tile: 1, iteration: 50, own: 100, seconds: 25).Remaining);
    }

    /// <summary>Two tiles under way: the position is of both, so is the speed, and what is left of both is done in its time.</summary>
    [Fact]
    public void At_TilesAtTheSameTime_CountsEach()
    {
        var progress = new TileProgress(tiles: 5, most: 100, atOnce: 1, [100]);
        At(progress, tile: 1, iteration: 40, own: 100, seconds: 4);
        var p = At(progress, tile: 2, iteration: 20, own: 100, seconds: 4);
        Assert.Equal((2, 160, 15.0), (p.Tile, p.Iteration, p.IterationsPerSecond));
        Assert.Equal(TimeSpan.FromSeconds((60 + 80 + 200) / 15.0), p.Remaining);
        progress.Finish(tile: 1, iterations: 50, done: 50);
        p = At(progress, tile: 2, iteration: 30, own: 100, seconds: 5);
        Assert.Equal((3, 230, 16.0), (p.Tile, p.Iteration, p.IterationsPerSecond));
        Assert.Equal(TimeSpan.FromSeconds((45 + 150) / 16.0), p.Remaining);
    }

    /// <summary>One of two lanes has run out of tiles: the other goes on at half of what both had done.</summary>
    [Fact]
    public void At_TheLastTileAlone_HasTheSpeedOfItsLane()
    {
        var progress = new TileProgress(tiles: 3, most: 100, atOnce: 2, []);
        progress.Finish(tile: 0, iterations: 100, done: 100);
        progress.Finish(tile: 1, iterations: 100, done: 100);
        var p = At(progress, tile: 2, iteration: 20, own: 100, seconds: 22);
        Assert.Equal((10.0, TimeSpan.FromSeconds(80 / 5.0)), (p.IterationsPerSecond, p.Remaining));
    }

    /// <summary>A kill takes back what was done since: a tile written down counts as it was then, one finished as a whole.</summary>
    [Fact]
    public void Saved_CountsWhatWasWrittenDown()
    {
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 2, [50]);
        At(progress, tile: 1, iteration: 40, own: 100, seconds: 1);
        // Before it is written down, and where that fails, it counts in no other's.
        Assert.Equal((140, 140, 110), (progress.Position, progress.Saved(tile: 1, iteration: 40, own: 100), progress.Saved(tile: 2, iteration: 10, own: 100)));
        progress.Save(tile: 1, iteration: 40, own: 100);
        Assert.Equal((150, 120), (progress.Saved(tile: 2, iteration: 10, own: 100), progress.Saved(tile: 1, iteration: 40, own: 200)));
        At(progress, tile: 1, iteration: 70, own: 100, seconds: 2);
        At(progress, tile: 2, iteration: 60, own: 100, seconds: 2);
        Assert.Equal((230, 200, 240), (progress.Position, progress.Saved(tile: 2, iteration: 60, own: 100), progress.Saved(finished: 2)));
        progress.Finish(tile: 1, iterations: 70, done: 70);
        Assert.Equal((260, 260), (progress.Position, progress.Saved(tile: 2, iteration: 60, own: 100)));
    }

    /// <summary>What an earlier run had under way counts from the start, but not as this run's speed.</summary>
    [Fact]
    public void At_TilesThatWereBegun_CountInThePosition_NotInTheSpeed()
    {
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 1, []);
        progress.Save(tile: 0, iteration: 60, own: 100);
        progress.Save(tile: 1, iteration: 50, own: 100);
        Assert.Equal(110, progress.Position);
        var p = At(progress, tile: 0, iteration: 70, own: 100, seconds: 1, done: 10);
        Assert.Equal((120, 10.0), (p.Iteration, p.IterationsPerSecond));
        Assert.Equal(TimeSpan.FromSeconds((30 + 50 + 200) / 10.0), p.Remaining);
    }

    /// <summary>A tile that is fitted twice has more iterations than others, and no more of the whole.</summary>
    [Theory]
    [InlineData(0, 150, 200)]
    [InlineData(75, 150, 250)]
    [InlineData(150, 150, 300)]
    [InlineData(60, 60, 260)]
    [InlineData(1, 150, 201)]
    public void Position_OfATileOfItsOwnCount_StaysWithinIts(int iteration, int own, int position)
    {
        var progress = new TileProgress(tiles: 4, most: 100, atOnce: 1, [20, 20]);
        progress.Save(tile: 2, iteration, own);
        Assert.Equal((position, position - 200), (progress.Position, progress.Scaled(iteration, own)));
    }

    [Fact]
    public void Position_OfMoreThanANumberHolds_StaysAtItsLargest() =>
        Assert.Equal(int.MaxValue, new TileProgress(10_000, 1_000_000, 1, Enumerable.Repeat(1, 9_000)).Position);

    private static RestorationProgress At(TileProgress progress, int tile, int iteration, int own, double seconds, int? done = null) =>
        progress.At(tile, new SolverProgress(new CurvePoint(iteration, 0.1), done ?? iteration, own - iteration, TimeSpan.FromSeconds(seconds)), own, TimeSpan.FromSeconds(seconds));
}
