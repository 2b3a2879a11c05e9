using DipPipeline.Contracts.Options;

namespace DipPipeline.Engine.Stopping;

/// <summary>When a run, or each network of an ensemble, ends before its last iteration.</summary>
public sealed record StoppingSettings
{
    public StoppingKind Kind { get; init; } = StoppingKind.Fixed;

    /// <summary>Standard deviation of the noise in 0..1; <see langword="null"/> where it is to be estimated.</summary>
    public double? NoiseSigma { get; init; }

    /// <summary>Residual over noise at which the discrepancy principle stops.</summary>
    public double DiscrepancyFactor { get; init; } = 1;

    /// <summary>Weight of the newest output in the exponential moving variance.</summary>
    public double VarianceAlpha { get; init; } = 0.1;

    /// <summary>Outputs in the windowed moving variance.</summary>
    public int VarianceWindow { get; init; } = 100;

    /// <summary>Share of the pixels that are held out.</summary>
    public double HeldOut { get; init; } = 0.05;

    /// <summary>Iterations without a new minimum before it ends.</summary>
    public int Patience { get; init; } = 1000;

    /// <summary>
    /// Iterations of a network before which the moving variance is not looked at: while the learning rate warms up the output hardly moves, which says
    /// nothing of the picture.
    /// </summary>
    public int NotBefore { get; init; }

    public static StoppingSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new StoppingSettings
        {
            Kind = Enum.Parse<StoppingKind>(options.Text("stop").Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            NoiseSigma = options.NumberOrAuto("noise-sigma") / 255,
            DiscrepancyFactor = options.Number("discrepancy-factor"),
            VarianceAlpha = options.Number("variance-alpha"),
            VarianceWindow = options.Integer("variance-window"),
            HeldOut = options.Number("held-out"),
            Patience = options.Integer("patience"),
            NotBefore = (int)Math.Ceiling(options.Number("learning-rate-warmup") * options.Integer("iterations") / options.Integer("ensemble")),
        };
    }
}

/// <summary>Stopping rules.</summary>
public enum StoppingKind
{
    /// <summary>At the last iteration.</summary>
    Fixed,

    /// <summary>Where the residual equals the noise (Morozov 1966).</summary>
    Discrepancy,

    /// <summary>At the least exponential moving variance of the output (Wang et al. 2023).</summary>
    MovingVariance,

    /// <summary>At the least windowed moving variance of the output (Wang et al. 2023).</summary>
    WindowedVariance,

    /// <summary>At the least error, by estimate, of pixels that are never judged (Yaman et al. 2022).</summary>
    HeldOut,
}
