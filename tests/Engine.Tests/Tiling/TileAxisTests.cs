using DipPipeline.Engine.Tiling;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class TileAxisTests
{
    /// <summary>Length, side, overlap, multiple, step.</summary>
    public static TheoryData<int, int, int, int, int> Axes => new()
    {
        { 512, 288, 32, 4, 1 }, { 6000, 1024, 64, 32, 1 }, { 4000, 1024, 64, 32, 4 }, { 1025, 1024, 64, 32, 1 }, { 1023, 512, 256, 32, 1 },
        { 96, 64, 8, 4, 4 }, { 1000, 96, 48, 32, 8 }, { 130, 128, 0, 32, 2 }, { 100, 100, 12, 32, 1 }, { 77, 128, 16, 32, 1 },
        { 100, 512, 64, 32, 1 }, { 100, 128, 96, 32, 1 }, { 800, 768, 384, 32, 1 },
    };

    [Theory]
    [MemberData(nameof(Axes))]
    public void Weights_OfEveryPixel_SumToOne(int length, int side, int overlap, int multiple, int step)
    {
        var axis = new TileAxis(length, side, overlap, multiple, step);
        var sums = new double[length];
        for (var tile = 0; tile < axis.Count; tile++)
        {
            var weights = axis.WeightsOf(tile);
            for (var i = 0; i < axis.Side; i++)
            {
                Assert.InRange(weights[i], 0, 1);
                sums[axis.Starts[tile] + i] += weights[i];
            }
        }

        Assert.All(sums, sum => Assert.Equal(1, sum, 6));
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void Tiles_ReachOverAll_ShareTheOverlap_AndBeginAtSteps(int length, int side, int overlap, int multiple, int step)
    {
        var axis = new TileAxis(length, side, overlap, multiple, step);
        Assert.Equal((0, length), (axis.Starts[0], axis.Starts[^1] + axis.Side));
        Assert.InRange(axis.Side, 1, side);
        for (var tile = 1; tile < axis.Count; tile++)
        {
            Assert.InRange(axis.Starts[tile - 1] + axis.Side - axis.Starts[tile], overlap, axis.Side - 1);
        }

        if (length % step == 0)
        {
            Assert.All(axis.Starts, start => Assert.Equal(0, start % step));
        }
    }

    /// <summary>One tile fewer would not reach, however they lay; one more would compute for nothing.</summary>
    [Fact]
    public void Count_IsTheLeast_AndTilesAreNoLongerThanItNeeds()
    {
        var axis = new TileAxis(6000, 1024, 64, 32, 1);
        Assert.Equal(7, axis.Count);
        Assert.True((6 * (1024 - 64)) + 64 < 6000);
        Assert.Equal(928, axis.Side);
    }

    [Fact]
    public void Weights_InAnOverlap_AreARaisedCosineWithoutAnEdge()
    {
        var axis = new TileAxis(200, 120, 40, 4, 1);
        var weights = axis.WeightsOf(0).ToArray();
        Assert.Equal(1, weights[0]);
        Assert.InRange(weights[^1], 0, 0.001);
        Assert.All(weights.Zip(weights.Skip(1)), pair => Assert.InRange(pair.First - pair.Second, 0, 0.05));
    }

    [Fact]
    public void Axis_OverlapOfMoreThanHalfATile_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new TileAxis(500, 100, 51, 4, 1));

    /// <summary>A plan that was recorded gives the same tiles as the one it was recorded of.</summary>
    [Theory]
    [MemberData(nameof(Axes))]
    public void Axis_MadeAnewOfItsOwnSide_IsTheSame(int length, int side, int overlap, int multiple, int step)
    {
        var axis = new TileAxis(length, side, overlap, multiple, step);
        var again = new TileAxis(length, axis.Side, overlap, multiple, step);
        Assert.Equal((axis.Count, axis.Side), (again.Count, again.Side));
        Assert.Equal(axis.Starts, again.Starts);
    }
}
