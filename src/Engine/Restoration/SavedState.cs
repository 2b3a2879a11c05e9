namespace DipPipeline.Engine.Restoration;

/// <summary>A checkpoint that was just written, and what the job needs beside it to go on.</summary>
/// <param name="Path">Its file: where tiles, or networks, are fitted at the same time, one of several.</param>
/// <param name="Iteration">
/// How far the job would go on from: iterations done, of networks at the same time as each was last written down, in tiles those of the ones under way, as each was last written down, and the most that each finished one might have had; a tile that is fitted twice, for its wide holes and for the others, counts as one that is not. Falls only where a finished tile, or a checkpoint, proved missing or damaged.
/// </param>
public sealed record SavedState(string Path, int Iteration)
{
    /// <summary>The job's checkpoints that there are, this one included: at most as many as tiles, or networks, are fitted at the same time.</summary>
    public IReadOnlyList<string> Files { get; init; } = [Path];

    /// <summary>Numbers of the finished tiles, ascending, to each of which the checkpoint needs its file.</summary>
    public IReadOnlyList<int> Tiles { get; init; } = [];

    /// <summary>The one of them that this checkpoint is the first to need.</summary>
    public int? NewTile { get; init; }

    /// <summary>The file of a finished tile, by its number from 0, beside the checkpoint's.</summary>
    public static string TilePath(string checkpointPath, int tile) => System.IO.Path.Join(TilesFolder(checkpointPath), TileName(tile));

    /// <summary>A tile's name among the others.</summary>
    public static string TileName(int tile) => FormattableString.Invariant($"{tile:00000}.tile");

    internal static string TilesFolder(string checkpointPath) => System.IO.Path.Join(System.IO.Path.GetDirectoryName(checkpointPath), "tiles");

    /// <summary>The checkpoint's file of one of several tiles, or runs of networks, at the same time: the first has the job's own, <c>checkpoint.zip</c>, the next <c>checkpoint-1.zip</c>.</summary>
    internal static string LanePath(string checkpointPath, int lane) => lane == 0 ? checkpointPath : System.IO.Path.Join(
        System.IO.Path.GetDirectoryName(checkpointPath),
        FormattableString.Invariant($"{System.IO.Path.GetFileNameWithoutExtension(checkpointPath)}-{lane}{System.IO.Path.GetExtension(checkpointPath)}"));
}
