using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Inputs;

/// <summary>
/// The eight symmetries of the square grid, one an iteration: mirrored across, mirrored down, transposed, and their products. A network
/// that is shown the picture in all of them learns from eight pictures, and the average of its outputs, each turned back, is an
/// ensemble over them.
/// </summary>
internal static class Symmetry
{
    /// <summary>The iteration's symmetry applied.</summary>
    /// <param name="x">[1,C,H,W]; transposed it becomes [1,C,W,H].</param>
    /// <param name="iteration">0-based.</param>
    public static Tensor Apply(Tensor x, int iteration)
    {
        var axes = Axes(iteration);
        using var mirrored = axes.Length > 0 ? x.flip(axes) : x.alias();
        return IsTransposed(iteration) ? mirrored.transpose(2, 3) : mirrored.alias();
    }

    /// <summary>The iteration's symmetry taken back.</summary>
    public static Tensor Undo(Tensor x, int iteration)
    {
        var axes = Axes(iteration);
        using var upright = IsTransposed(iteration) ? x.transpose(2, 3) : x.alias();
        return axes.Length > 0 ? upright.flip(axes) : upright.alias();
    }

    private static bool IsTransposed(int iteration) => (iteration & 4) != 0;

    private static long[] Axes(int iteration) => (iteration & 3) switch
    {
        0 => [],
        1 => [2],
        2 => [3],
        _ => [2, 3],
    };
}
