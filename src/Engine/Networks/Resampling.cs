using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>Features at twice their resolution.</summary>
internal static class Resampling
{
    /// <param name="x">[1,C,h,w].</param>
    /// <param name="how">How.</param>
    /// <returns>[1,C,2h,2w].</returns>
    public static Tensor Double(Tensor x, Upsampling how) => how == Upsampling.Bilinear
        ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false)
        : F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
}
