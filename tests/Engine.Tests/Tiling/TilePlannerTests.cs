using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Tiling;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class TilePlannerTests
{
    private static readonly TileGrid s_grid = new(Factor: 1, SideMultiple: 4);

    [Fact]
    public void Plan_WhatFitsAsAWhole_HasNoTiles() => Assert.Null(Planner(8L << 30).Plan("x", 512, 512, s_grid));

    [Fact]
    public void Plan_WhatDoesNotFit_HasTilesThatDo()
    {
        var memory = Memory();
        foreach (var budget in new[] { 700L << 20, 1L << 30, 4L << 30 })
        {
            var plan = Planner(budget).Plan("x", 6000, 4000, s_grid)!;
            Assert.InRange(memory.Bytes(plan.Width, plan.Height), 1, budget);
            Assert.InRange(plan.Width, 64, TilePlanner.LargestAutomaticSide);
        }
    }

    [Fact]
    public void Plan_OfMoreMemory_HasLargerTiles_UpToALimit()
    {
        Assert.True(Planner(700L << 20).Plan("x", 20_000, 20_000, s_grid)!.Count > Planner(2L << 30).Plan("x", 20_000, 20_000, s_grid)!.Count);
        var plan = Planner(64L << 30).Plan("x", 12_000, 8_000, s_grid)!;
        Assert.InRange(plan.Width, 700, 768);
        Assert.Equal(64, plan.Overlap);
    }

    [Fact]
    public void Plan_NotEvenTheSmallestTileFits_IsRefusedNamingIt()
    {
        var refusal = Assert.Throws<RefusedException>(() => Planner(500L << 20).Plan("scan.png", 6000, 4000, s_grid));
        Assert.Contains("scan.png", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0.5 GB are free", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("128×128", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_TilesOff_IsRefusedNamingThem()
    {
        var refusal = Assert.Throws<RefusedException>(() => Planner(1L << 30, ("tile", "off")).Plan("scan.png", 6000, 4000, s_grid));
        Assert.Contains("tile=auto", refusal.Message, StringComparison.Ordinal);
        Assert.Null(Planner(8L << 30, ("tile", "off")).Plan("x", 512, 512, s_grid));
    }

    [Fact]
    public void Plan_SideGiven_IsKept_WhateverFits()
    {
        var plan = Planner(64L << 30, ("tile", "256"), ("tile-overlap", "32")).Plan("x", 480, 480, s_grid)!;
        Assert.Equal((256, 256, 32, 4), (plan.Width, plan.Height, plan.Overlap, plan.Count));
        Assert.Null(Planner(64L << 30, ("tile", "512")).Plan("x", 512, 300, s_grid));
        Assert.Contains("256×256", Assert.Throws<RefusedException>(() => Planner(1 << 20, ("tile", "256")).Plan("x", 480, 480, s_grid)).Message, StringComparison.Ordinal);
    }

    /// <summary>Four times the picture takes a tenth more memory at most.</summary>
    [Fact]
    public void Plan_OfALargerPicture_HasTilesOfMuchTheSameSize()
    {
        var (small, large) = (Planner(8L << 30).Plan("x", 6000, 4000, s_grid)!, Planner(8L << 30).Plan("x", 12_000, 8000, s_grid)!);
        var memory = Memory();
        Assert.InRange(memory.Bytes(large.Width, large.Height) / (double)memory.Bytes(small.Width, small.Height), 0.9, 1.1);
    }

    /// <summary>Tiles of an enlargement are made of whole pixels of the observation.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Plan_OfAnEnlargement_IsAMultipleOfItsFactor(int factor)
    {
        var grid = new TileGrid(factor, SideMultiple: 4);
        var plan = Planner(64L << 30, ("tile", "200")).Plan("x", 480 * factor, 360 * factor, grid)!;
        var layout = new TileLayout(plan, 480 * factor, 360 * factor, grid);
        Assert.Equal((0, 0), (plan.Width % factor, plan.Height % factor));
        Assert.All(Enumerable.Range(0, plan.Count), tile => Assert.Equal((0, 0), (layout.Place(tile).Left % factor, layout.Place(tile).Top % factor)));
    }

    [Fact]
    public void Fits_APlanOfAnotherRun_WhereItNearlyDoes()
    {
        var plan = Planner(4L << 30).Plan("x", 6000, 4000, s_grid)!;
        var needed = Memory().Bytes(plan.Width, plan.Height);
        Assert.True(Planner((long)(needed * 0.85)).Fits(plan, plan.AtOnce, 6000, 4000));
        Assert.False(Planner((long)(needed * 0.75)).Fits(plan, plan.AtOnce, 6000, 4000));
        Assert.False(Planner(needed).Fits(null, 1, 6000, 4000));
    }

    /// <summary>Up to four, where they share the threads evenly and no more idles at the end than they win: two would do three tiles in the time of four.</summary>
    [Theory]
    [InlineData(1, 4, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 1)]
    [InlineData(2, 4, 2)]
    [InlineData(2, 9, 2)]
    [InlineData(3, 9, 3)]
    [InlineData(4, 4, 4)]
    [InlineData(4, 6, 2)]
    [InlineData(5, 20, 1)]
    [InlineData(8, 20, 4)]
    public void Plan_OnACpu_FitsTilesAtOnce(int threads, int tiles, int atOnce)
    {
        var plan = Plan(8L << 30, threads, tiles);
        Assert.Equal((tiles, atOnce), (plan.Count, plan.AtOnce));
    }

    /// <summary>They take all the memory they may.</summary>
    [Fact]
    public void Plan_TilesAsLargeAsMemoryAllows_ComeOneAfterAnother_WhereNothingElseIsAskedFor()
    {
        Assert.Equal(1, new TilePlanner(Settings(), Memory(), 4L << 30, threads: 4).Plan("x", 6000, 4000, s_grid)!.AtOnce);
        Assert.Equal(2, new TilePlanner(Settings(("tiles-at-once", "2")), Memory(), 8L << 30, threads: 4).Plan("x", 12_000, 8_000, s_grid)!.AtOnce);
    }

    [Fact]
    public void Plan_TilesAtOnce_AreNoMoreThanFit_AndThoseAskedForAreRefused()
    {
        long Of(int atOnce) => Memory().Bytes(256, 256, atOnce);
        Assert.Equal(1, Plan(Of(2) - 1, 4, 20).AtOnce);
        Assert.Equal(2, Plan(Of(2), 4, 20).AtOnce);
        Assert.Equal(3, Plan(Of(3), 4, 20, "3").AtOnce);
        // No more than there are.
        Assert.Equal(2, Plan(Of(2), 4, 2, "64").AtOnce);
        var refusal = Assert.Throws<RefusedException>(() => Plan(Of(3) - 1, 4, 20, "3"));
        Assert.Contains("tiles-at-once=auto", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"{Of(3) / 1e9:0.0} GB"), refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>What a process takes once is counted once.</summary>
    [Fact]
    public void Bytes_OfTilesAtOnce_GrowByATileEach()
    {
        var memory = Memory();
        Assert.Equal(memory.Bytes(256, 256), memory.Bytes(256, 256, 1));
        Assert.Equal(memory.Bytes(256, 256, 2) - memory.Bytes(256, 256), memory.Bytes(256, 256, 4) - memory.Bytes(256, 256, 3));
        Assert.InRange(memory.Bytes(256, 256, 2) - memory.Bytes(256, 256), 1, memory.Bytes(256, 256) / 2);
    }

    [Fact]
    public void Fits_ARecordedPlanOfTilesAtOnce_CountsEach()
    {
        var plan = Plan(8L << 30, 2, 20);
        var needed = Memory().Bytes(plan.Width, plan.Height, 2);
        Assert.True(Planner((long)(needed * 0.85)).Fits(plan, plan.AtOnce, 5120, 256));
        Assert.False(Planner((long)(needed * 0.75)).Fits(plan, plan.AtOnce, 5120, 256));
    }

    /// <summary>By the same rules as tiles; on a GPU, which has one thread here, one after another.</summary>
    [Theory]
    [InlineData(1, 4, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 1)]
    [InlineData(2, 10, 2)]
    [InlineData(3, 8, 3)]
    [InlineData(4, 8, 4)]
    [InlineData(4, 10, 2)]
    [InlineData(16, 3, 1)]
    public void NetworksAtOnce_ShareTheThreadsEvenlyAndGoRound(int threads, int networks, int atOnce) =>
        Assert.Equal(atOnce, Networks(8L << 30, threads, networks));

    [Fact]
    public void NetworksAtOnce_AreNoMoreThanFit_AndThoseAskedForAreRefused()
    {
        long Of(int atOnce) => Memory().Bytes(256, 256, atOnce);
        Assert.Equal(1, Networks(Of(2) - 1, 4, 4));
        Assert.Equal(2, Networks(Of(2), 4, 4));
        Assert.Equal(4, Networks(Of(4), 4, 4));
        Assert.Equal(3, Networks(Of(3), 4, 4, asked: 3));
        // No more than there are; and one after another is what a run does anyway.
        Assert.Equal(2, Networks(Of(2), 4, 2, asked: 64));
        Assert.Equal(1, Networks(0, 4, 4, asked: 1));
        var refusal = Assert.Throws<RefusedException>(() => Networks(Of(3) - 1, 4, 4, asked: 3));
        Assert.Contains("networks-at-once=auto", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"{Of(3) / 1e9:0.0} GB"), refusal.Message, StringComparison.Ordinal);
        // A run that was begun so goes on so where it nearly fits.
        Assert.True(Planner((long)(Of(4) * 0.85)).Fits(null, 4, 256, 256));
        Assert.False(Planner((long)(Of(4) * 0.75)).Fits(null, 4, 256, 256));
    }

    /// <summary>As its driver counted: once and a half of the estimate in float32, 1.2 of it by libtorch's kernels in bfloat16.</summary>
    [Theory]
    [InlineData("bfloat16", "auto", 1)]
    [InlineData("bfloat16", "libtorch", 1.2)]
    [InlineData("float32", "auto", 3)]
    public void Bytes_OnAGpu_AreWhatLibrariesTakeToo(string precision, string kernels, double times)
    {
        var network = OnGpu(("channels-down", "128,128"), ("channels-up", "128,128"), ("precision", precision), ("kernels", kernels)).RecordedBytes(1024, 1024);
        var least = OnGpu(("channels-down", "128,128"), ("channels-up", "128,128"), ("precision", "bfloat16")).RecordedBytes(1024, 1024);
        // Pictures are in float32 whatever the network's precision is.
        Assert.InRange(network / (double)least, 0.9 * times, times);
    }

    /// <summary>130 channels of bilinear features are joined, filled up to 144 for tensor cores.</summary>
    [Fact]
    public void Plan_OnAGpu_TensorsOfMoreValuesThan32BitsNumber_AreCut()
    {
        (string, string)[] wide = [("channels-down", "128,128"), ("channels-up", "128,128"), ("channels-skip", "4,4"), ("precision", "bfloat16")];
        var (side, memory) = (3840, long.MaxValue / 2);
        Assert.InRange((side + 10L) * (side + 10) * 144, int.MaxValue - (1L << 24), int.MaxValue);
        var planner = new TilePlanner(Settings(), OnGpu(wide), memory, threads: 1);
        Assert.Null(planner.Plan("x", side, side, s_grid));
        Assert.False(planner.IsTiled(side, side));
        Assert.InRange(planner.Plan("x", side + 32, side + 32, s_grid)!.Width, TilePlanner.SmallestSide, TilePlanner.LargestAutomaticSide);
        Assert.True(planner.IsTiled(side + 32, side + 32));
        // Who asks for none has none; and a CPU's library numbers them all.
        Assert.Null(new TilePlanner(Settings(("tile", "off")), OnGpu(wide), memory, threads: 1).Plan("x", side + 32, side + 32, s_grid));
        Assert.Null(new TilePlanner(Settings(), Memory(wide), memory, threads: 1).Plan("x", side + 32, side + 32, s_grid));
    }

    /// <summary>What a convolution makes at full size, which averages halve after it.</summary>
    [Theory]
    [InlineData("stride", true)]
    [InlineData("avg", false)]
    public void IsNumbered_AnEncoderThatConvolvesAtFullSize_CountsWhatItMakes(string downsampling, bool expected)
    {
        var sut = OnGpu(("channels-down", "512,512"), ("channels-up", "32,32"), ("channels-skip", "4,4"), ("downsample", downsampling), ("precision", "bfloat16"));
        Assert.Equal(expected, sut.IsNumbered(2560, 2560));
    }

    /// <summary>Its memory does not vary from minute to minute.</summary>
    [Fact]
    public void Fits_APlanOfAnotherRun_OnAGpu_WhereItDoes()
    {
        var needed = OnGpu().Bytes(2048, 2048);
        Assert.True(new TilePlanner(Settings(), OnGpu(), needed, threads: 1).Fits(null, 1, 2048, 2048));
        Assert.False(new TilePlanner(Settings(), OnGpu(), needed - 1, threads: 1).Fits(null, 1, 2048, 2048));
    }

    [Fact]
    public void OverlapOf_MoreThanHalfATile_IsHalf()
    {
        Assert.Equal((64, 63), (Settings(("tile", "128"), ("tile-overlap", "65")).OverlapOf(128, 1), Settings(("tile", "128"), ("tile-overlap", "63")).OverlapOf(128, 1)));
    }

    [Fact]
    public void Options_Memory_IsInMebibytes() => Assert.Equal(1L << 30, Settings(("memory", "1024")).MemoryBytes);

    [Theory]
    [InlineData(1L << 30, 16, 1)]
    [InlineData(12L << 30, 16, 2)]
    [InlineData(16L << 30, 16, 3)]
    [InlineData(72L << 30, 16, 4)]
    [InlineData(72L << 30, 2, 2)]
    [InlineData(72L << 30, 0, 1)]
    [InlineData(long.MaxValue, 16, 1)]
    public void JobsAtOnce_GrowWithMemory_UpToFourAndToTheCores(long memory, int cores, int expected) =>
        Assert.Equal(expected, DeviceSharing.JobsAtOnce(memory, cores));

    /// <summary>The sum of an ensemble's pictures, and that of the snapshot, in float32.</summary>
    [Fact]
    public void Memory_OfAnEnsemble_HasTwoPicturesMore() =>
        Assert.InRange(Memory(("ensemble", "2")).Bytes(512, 512) - Memory().Bytes(512, 512), 2 * 3 * 512 * 512 * sizeof(float), 4 * 3 * 512 * 512 * sizeof(float));

    [Fact]
    public void Memory_OfHeldOutPixels_HasTheBestPictureToo() => Assert.InRange(
        Memory(("objective", "recorrupted"), ("stop", "held-out")).Bytes(512, 512) - Memory(("objective", "recorrupted")).Bytes(512, 512),
        2 * 3 * 512 * 512 * sizeof(float), 4 * 3 * 512 * 512 * sizeof(float));

    [Fact]
    public void Memory_OfAnEnsembleWithHeldOutPixels_HasBoth() => Assert.InRange(
        Memory(("objective", "recorrupted"), ("stop", "held-out"), ("ensemble", "2")).Bytes(512, 512) - Memory(("objective", "recorrupted")).Bytes(512, 512),
        4 * 3 * 512 * 512 * sizeof(float), 8 * 3 * 512 * 512 * sizeof(float));

    private static JobMemory OnGpu(params (string Name, string Value)[] set) => new(SolverSettings.From(Options(set)), "cuda:0", 3);

    private static OptionSet Options(params (string Name, string Value)[] set) => OptionResolver.Resolve(
        new TaskDescriptor
        {
            Id = "t", Version = "1", Title = "T", Formula = "E", Options = SolverOptions.All,
            Presets = [new() { Name = "p", Help = "p", Values = new Dictionary<string, string>(SolverPresets.Narrow(32)) }],
        }, "p", set.Select(s => KeyValuePair.Create(s.Name, s.Value)));

    private static TileSettings Settings(params (string Name, string Value)[] set) => TileSettings.From(Options(set));

    private static JobMemory Memory(params (string Name, string Value)[] set) => new(SolverSettings.From(Options(set)), "cpu", channels: 3);

    private static TilePlan Plan(long budget, int threads, int tiles, string atOnce = "auto") =>
        new TilePlanner(Settings(("tile", "256"), ("tile-overlap", "0"), ("tiles-at-once", atOnce)), Memory(), budget, threads).Plan("x", 256 * tiles, 256, s_grid)!;

    private static int Networks(long budget, int threads, int networks, int? asked = null) =>
        new TilePlanner(Settings(), Memory(), budget, threads).NetworksAtOnce("x", networks, asked, 256, 256);

    private static TilePlanner Planner(long budget, params (string Name, string Value)[] set) => new(Settings(set), Memory(), budget, threads: 1);
}
