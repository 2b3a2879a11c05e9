using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Objectives;

/// <summary>
/// Pull-push interpolation (Gortler, Grzeszczuk, Szeliski, Cohen, "The Lumigraph", SIGGRAPH 1996): known pixels are averaged into ever
/// smaller pictures, and holes get what the next smaller one knows. Smooth, and there is no hole so wide that nothing reaches its middle.
/// </summary>
internal static class PushPull
{
    /// <summary>The picture where it is known, and its interpolation elsewhere, in the current dispose scope.</summary>
    /// <param name="picture">[1,C,H,W]; anything where it is not known.</param>
    /// <param name="known">[1,1,H,W], 1 where the picture is known and 0 where it is not.</param>
    public static Tensor Fill(Tensor picture, Tensor known)
    {
        var seen = picture * known;
        return seen + ((1 - known) * Enlarged(Pulled(Halved(seen), Halved(known)), known));
    }

    // A level's mean of what is known below it; where less than a quarter is, the coarser level has its share.
    private static Tensor Pulled(Tensor sum, Tensor weight)
    {
        var mean = sum / (weight + 1e-12);
        if (weight.shape[2] == 1 && weight.shape[3] == 1)
        {
            return mean;
        }

        var trust = (4 * weight).clamp(0, 1);
        return (trust * mean) + ((1 - trust) * Enlarged(Pulled(Halved(sum), Halved(weight)), weight));
    }

    private static Tensor Halved(Tensor x)
    {
        // Replicated at an odd border, so that means stay means.
        using var even = nn.functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2), PaddingModes.Replicate);
        return nn.functional.avg_pool2d(even, 2);
    }

    private static Tensor Enlarged(Tensor x, Tensor like) =>
        nn.functional.interpolate(x, size: [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
}
