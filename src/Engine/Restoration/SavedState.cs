namespace DipPipeline.Engine.Restoration;

/// <summary>What a checkpoint holds, beside its own file.</summary>
/// <param name="Iteration">
/// How far the job is: iterations done, in tiles those of the one under way and the most that each finished one might have had; a tile that is fitted twice, for its wide holes and for the others, counts as one that is not. Falls only where a finished tile proved missing or damaged.
/// </param>
/// <param name="Tiles">Finished tiles, to each of which the checkpoint needs its file.</param>
/// <param name="NewTile">The last of them, where this checkpoint is the first to need it.</param>
public sealed record SavedState(int Iteration, int Tiles = 0, string? NewTile = null)
{
    /// <summary>The file of a finished tile, by its number from 0, beside the checkpoint's.</summary>
    public static string TilePath(string checkpointPath, int tile) => Path.Join(TilesFolder(checkpointPath), TileName(tile));

    /// <summary>A tile's name among the others.</summary>
    public static string TileName(int tile) => FormattableString.Invariant($"{tile:00000}.tile");

    internal static string TilesFolder(string checkpointPath) => Path.Join(Path.GetDirectoryName(checkpointPath), "tiles");
}
