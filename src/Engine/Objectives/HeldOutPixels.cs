using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Objectives;

/// <summary>Which pixels an objective is not to judge (<see cref="IHeldOut"/>).</summary>
internal static class HeldOutPixels
{
    // Of fewer the noise itself decides more than what is made of it: with σ = 25 and an error of 8 (30 dB), 500 pixels in colour tell
    // errors apart that differ by a sixth.
    private const long Fewest = 500;

    /// <summary>Draws them by a generator of its own, so that nothing else of a run depends on it.</summary>
    /// <param name="share">Of all pixels; of a small picture more, 500 pixels or a quarter of it.</param>
    /// <returns>[1,1,H,W], 1 where a pixel is held out, else 0.</returns>
    public static Tensor Draw(int height, int width, double share, long seed, Device device)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed ^ 0xD1B54A32D192ED03, CPU);
        var pixels = (long)height * width;
        var count = Math.Max((long)Math.Round(share * pixels), Math.Min(Fewest, pixels / 4));
        var chosen = randperm(pixels, generator: generator).narrow(0, 0, count);
        return zeros(pixels).index_fill_(0, chosen, 1).reshape(1, 1, height, width).to(device).DetachFromDisposeScope();
    }
}
