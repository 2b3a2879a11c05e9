using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Tiling;

/// <summary>
/// Decides whether a picture is restored as a whole or in tiles: as a whole where that fits into memory, whatever there is of it, so that
/// tiles never change the bytes of what needs none.
/// </summary>
/// <param name="settings">What was asked for.</param>
/// <param name="memory">What a size takes.</param>
/// <param name="budget">What the job may take, bytes.</param>
/// <param name="threads">CPU threads that tiles, or networks, at the same time share; 1 where the device is not the CPU.</param>
internal sealed class TilePlanner(TileSettings settings, JobMemory memory, long budget, int threads)
{
    /// <summary>Larger tiles would save a sixth of the work at most, which is what neighbours of this side do twice, for far more memory.</summary>
    public const int LargestAutomaticSide = 768;

    /// <summary>Smaller tiles would show a prior nothing but their borders.</summary>
    public const int SmallestSide = 128;

    // Each takes memory of its own.
    private const int MostAtOnce = 4;

    // Runs beside each other, with one thread each, take 0.75 to 0.89 of the time of one after the other with all threads (measured:
    // bench/README.md): so much may be left idle at the end, where the last ones do not go round.
    private const double Gain = 1.15;

    /// <summary>Whether the picture will not be restored as a whole, however little it is enlarged.</summary>
    public bool IsTiled(int width, int height) => settings.Side is { } side ? Math.Max(width, height) > side : !settings.IsOff && !FitsAsAWhole(width, height);

    /// <summary>Whether a plan of another run, or none, can be carried out here.</summary>
    /// <param name="plan">Its tiles; <see langword="null"/> of a whole.</param>
    /// <param name="atOnce">Tiles, or networks, at the same time.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="height">Of the output.</param>
    public bool Fits(TilePlan? plan, int atOnce, int width, int height) => memory.Bytes(plan?.Width ?? width, plan?.Height ?? height, atOnce) <= memory.Slack * budget;

    /// <param name="path">The picture, for a refusal.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="height">Of the output.</param>
    /// <param name="grid">What tiles must be multiples of.</param>
    /// <returns><see langword="null"/> for a picture restored as a whole.</returns>
    /// <exception cref="RefusedException">It fits neither as a whole nor in tiles.</exception>
    public TilePlan? Plan(string path, int width, int height, TileGrid grid)
    {
        var needed = memory.Bytes(width, height);
        if (settings.Side is null && (settings.IsOff || FitsAsAWhole(width, height)))
        {
            return needed <= budget ? null : throw Refused(path, width, height, needed, $"{Fitting(grid.Factor)} tiles (--set tile=auto), or a narrower network");
        }

        var side = settings.Side is { } given ? Up(given, grid.Multiple) : memory.LargestSide(budget, LargestAutomaticSide) / grid.Multiple * grid.Multiple;
        if (settings.Side is null && side < SmallestSide)
        {
            throw Refused(path, width, height, needed, $"{Fitting(grid.Factor)} a narrower network; tiles have at least {SmallestSide}×{SmallestSide} pixels of the output");
        }

        var plan = grid.Cut(width, height, side, settings.OverlapOf(side, grid.Factor));
        var ofTile = memory.Bytes(plan.Width, plan.Height);
        if (ofTile > budget)
        {
            throw Refused(path, plan.Width, plan.Height, ofTile, $"{Fitting(grid.Factor)} smaller tiles (--set tile=auto), or a narrower network");
        }

        if (plan.Count == 1)
        {
            return null;
        }

        // Not of tiles as large as memory allows: they win less, and two at once took 1.2 times the memory for a picture of four times the pixels
        // (measured: bench/README.md).
        var atOnce = settings.AtOnce is { } asked ? Math.Min(asked, plan.Count) : settings.Side is null ? 1 : AtOnce(plan.Count, plan.Width, plan.Height);
        var together = memory.Bytes(plan.Width, plan.Height, atOnce);
        return together <= budget ? plan with { AtOnce = atOnce }
            : throw Refused(path, plan.Width, plan.Height, together, $"{Fitting(grid.Factor)} fewer tiles at the same time (--set tiles-at-once=auto), smaller ones, or a narrower network");
    }

    /// <summary>How many networks of an ensemble are fitted at the same time to a picture restored as a whole.</summary>
    /// <param name="path">The picture, for a refusal.</param>
    /// <param name="networks">Networks of the ensemble.</param>
    /// <param name="asked">At the same time, as asked for.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="height">Of the output.</param>
    /// <exception cref="RefusedException">As many as were asked for do not fit.</exception>
    public int NetworksAtOnce(string path, int networks, int? asked, int width, int height)
    {
        var atOnce = asked is { } given ? Math.Min(given, networks) : AtOnce(networks, width, height);
        var together = memory.Bytes(width, height, atOnce);
        return atOnce == 1 || together <= budget ? atOnce
            : throw Refused(path, width, height, together, "fewer networks at the same time (--set networks-at-once=auto), or narrower ones");
    }

    private bool FitsAsAWhole(int width, int height) => memory.Bytes(width, height) <= budget && memory.IsNumbered(width, height);

    // As many as fit, share the threads evenly, and go round but for what they win.
    private int AtOnce(int count, int width, int height)
    {
        var atOnce = MostAtOnce;
        while (atOnce > 1 && (threads % atOnce > 0 || (count + atOnce - 1) / atOnce * atOnce > Gain * count || memory.Bytes(width, height, atOnce) > budget))
        {
            atOnce--;
        }

        return atOnce;
    }

    private string Fitting(int factor)
    {
        var side = memory.LargestSide(budget) / factor;
        return side > 0 ? FormattableString.Invariant($"a square picture of up to {side}×{side} would fit, or") : "no picture would fit; free some, or take";
    }

    private RefusedException Refused(string path, int width, int height, long needed, string cure) => new(FormattableString.Invariant(
        $"Restoring '{path}' at {width}×{height} would need about {needed / 1e9:0.0} GB of memory and {budget / 1e9:0.0} GB are free; {cure} (--preset fast, --set channels-down=…)."));

    private static int Up(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
