namespace DipPipeline.Cli.Bench;

/// <summary>How long a restoration took, and how good its picture was on the way.</summary>
internal sealed record TimeToQuality
{
    public required string Picture { get; init; }
    public required string Task { get; init; }
    public required string Preset { get; init; }

    /// <summary><c>float32</c> or <c>bfloat16</c>; absent where the run ended at the PSNR asked for.</summary>
    public string? Precision { get; init; }

    /// <summary>Of the optimisation.</summary>
    public required double Seconds { get; init; }

    public required int Iterations { get; init; }

    /// <summary>Which rule ended it, or that the PSNR asked for was reached.</summary>
    public required string StoppedBy { get; init; }

    /// <summary>Of the result, dB.</summary>
    public required double Psnr { get; init; }

    /// <summary>The classical method, and its PSNR in dB; absent where the run ended at the PSNR asked for.</summary>
    public string? Baseline { get; init; }

    public double? BaselinePsnr { get; init; }

    /// <summary>The PSNR asked for, dB, and when it was reached; absent where it was not.</summary>
    public double? TargetPsnr { get; init; }

    public double? TargetSeconds { get; init; }

    /// <summary>When the classical method's PSNR was reached; absent where it was not.</summary>
    public double? BaselineSeconds { get; init; }

    public required long PeakMemoryBytes { get; init; }

    /// <summary>PSNR of the averaged output at each check; empty for a picture that is restored in tiles.</summary>
    public required IReadOnlyList<QualityPoint> Curve { get; init; }

    /// <summary>When it first came within so many dB of its result.</summary>
    public double? SecondsWithin(double decibels) => FirstAt(Curve, Psnr - decibels);

    /// <summary>The PSNR that the run had come to after a share of its time; <see langword="null"/> before its first check.</summary>
    public double? PsnrAt(double share) => Curve.LastOrDefault(p => p.Seconds <= share * Seconds)?.Psnr;

    /// <summary>Seconds until a PSNR was reached.</summary>
    public static double? FirstAt(IEnumerable<QualityPoint> curve, double psnr) => curve.FirstOrDefault(p => p.Psnr >= psnr)?.Seconds;
}

/// <param name="Seconds">Since the optimisation began.</param>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Psnr">dB.</param>
internal sealed record QualityPoint(double Seconds, int Iteration, double Psnr);
