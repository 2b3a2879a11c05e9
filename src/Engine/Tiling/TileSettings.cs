using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Engine.Tiling;

/// <summary>A job's options of tiles and memory, typed.</summary>
/// <param name="IsOff">The picture is restored as a whole, or refused.</param>
/// <param name="Side">Longest side of a tile in pixels of the output; <see langword="null"/> chooses.</param>
/// <param name="Overlap">Pixels of the output that neighbours share, at most half of a tile; <see langword="null"/> chooses.</param>
/// <param name="AtOnce">Tiles at the same time; <see langword="null"/> chooses.</param>
/// <param name="MemoryBytes">What the job may take; <see langword="null"/> takes what is free.</param>
internal sealed record TileSettings(bool IsOff, int? Side, int? Overlap, int? AtOnce, long? MemoryBytes)
{
    // An eighth of a side costs a quarter of the work; that tiles agree beyond 64 pixels is taken as given.
    private const int WidestOverlap = 64;

    public static TileSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var isOff = options.Text(SolverOptions.Tile) == OptionDescriptor.Off;
        return new TileSettings(
            isOff,
            isOff ? null : (int?)options.NumberOrAuto(SolverOptions.Tile),
            (int?)options.NumberOrAuto(SolverOptions.TileOverlap),
            (int?)options.NumberOrAuto(SolverOptions.TilesAtOnce),
            options.NumberOrAuto(SolverOptions.Memory) is { } mebibytes ? (long)mebibytes << 20 : null);
    }

    /// <summary>What tiles of a side share, a multiple of <paramref name="step"/>: half of it at most, so that a preset's overlap goes with any tile.</summary>
    public int OverlapOf(int side, int step)
    {
        var wanted = Math.Min(Overlap ?? Math.Min(side / 8, WidestOverlap), side / 2);
        return Math.Min((wanted + step - 1) / step * step, side / 2 / step * step);
    }
}
