using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>The lines beyond each border, and those inside that they are copies of.</summary>
internal static class BorderLines
{
    /// <summary>Has the lines around the inside of a tensor, whose inside is there, mirror it.</summary>
    /// <param name="padded">[1,C,H+2·border,W+2·border].</param>
    /// <param name="border">Pixels on each side.</param>
    public static void Reflect(Tensor padded, int border)
    {
        // Whole lines: columns take the corners from the rows that were written before.
        foreach (var (dimension, outer, inner) in Pairs(padded, border, isReflected: true))
        {
            using var to = padded.narrow(dimension, outer, 1);
            using var from = padded.narrow(dimension, inner, 1);
            to.copy_(from);
        }
    }

    /// <summary>The adjoint of filling them: adds each line to the one that it is a copy of.</summary>
    /// <param name="padded">[1,C,H+2·border,W+2·border]; changed.</param>
    /// <param name="border">Pixels on each side.</param>
    /// <param name="isReflected">Whether they mirror the inside, or repeat its outermost line.</param>
    /// <returns>A view of the inside, [1,C,H,W].</returns>
    public static Tensor Fold(Tensor padded, int border, bool isReflected)
    {
        foreach (var (dimension, outer, inner) in Pairs(padded, border, isReflected).Reverse())
        {
            using var from = padded.narrow(dimension, outer, 1);
            using var to = padded.narrow(dimension, inner, 1);
            to.add_(from);
        }

        return Inside(padded, border);
    }

    /// <summary>A view of all but the border.</summary>
    public static Tensor Inside(Tensor padded, int border)
    {
        using var rows = padded.narrow(2, border, padded.shape[2] - (2 * border));
        return rows.narrow(3, border, padded.shape[3] - (2 * border));
    }

    // Rows first, then columns.
    private static IEnumerable<(int Dimension, long Outer, long Inner)> Pairs(Tensor padded, int border, bool isReflected)
    {
        foreach (var dimension in (int[])[2, 3])
        {
            var (first, last) = (border, padded.shape[dimension] - border - 1);
            for (var i = 1; i <= border; i++)
            {
                yield return (dimension, first - i, isReflected ? first + i : first);
                yield return (dimension, last + i, isReflected ? last - i : last);
            }
        }
    }
}
