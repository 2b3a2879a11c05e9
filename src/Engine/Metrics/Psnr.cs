namespace DipPipeline.Engine.Metrics;

/// <summary>Peak signal-to-noise ratio: 10 log₁₀(peak² / mean squared error).</summary>
public static class Psnr
{
    /// <summary>
    /// dB reported for pictures that agree better than this, equal ones included: JSON has no infinity, and 100 dB (a mean
    /// error of 0.0026 of 255) lies beyond what 8 bits can tell apart.
    /// </summary>
    public const double Most = 100;

    /// <summary>PSNR of two arrays of samples in 0..1, in dB, at most <see cref="Most"/>.</summary>
    /// <exception cref="ArgumentException">Different lengths, or none.</exception>
    public static double Of(ReadOnlySpan<float> result, ReadOnlySpan<float> reference)
    {
        if (result.Length != reference.Length || result.Length == 0)
            throw new ArgumentException($"{result.Length} and {reference.Length} samples cannot be compared.", nameof(result));
        double sum = 0;
        for (var n = 0; n < result.Length; n++)
        {
            var difference = (double)result[n] - reference[n];
            sum += difference * difference;
        }

        return FromMeanSquare(sum / result.Length, 1);
    }

    internal static double Of(double[] result, double[] reference, double peak) =>
        FromMeanSquare(result.Zip(reference, (a, b) => (a - b) * (a - b)).Average(), peak);

    internal static double FromMeanSquare(double meanSquare, double peak) =>
        Math.Min(Most, 10 * Math.Log10(peak * peak / meanSquare));
}
