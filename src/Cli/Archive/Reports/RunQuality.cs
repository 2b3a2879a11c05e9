using DipPipeline.Contracts.Results;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// How well a picture went, in decibels. Nobody has the clean pictures of an archive: what can be told of every result is how closely it
/// explains its picture, −10·log₁₀ of the energy at the end (pixels in 0..1, so that it is a PSNR where the energy is a mean square).
/// Little of it in a denoised picture is much noise; much less than its neighbours have is worth a look.
/// </summary>
internal static class RunQuality
{
    public const string Name = "fit, dB";

    /// <returns><see langword="null"/> where the energy is no positive number.</returns>
    public static double? Of(RestorationMetrics metrics) => metrics.Energy.Last is > 0 and var energy && double.IsFinite(energy) ? -10 * Math.Log10(energy) : null;
}
