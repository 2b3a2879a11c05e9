namespace DipPipeline.Contracts.Tasks;

/// <summary>
/// Settings of the engine that presets of several tasks share. A preset is one of these and what the task adds:
/// <c>new(SolverPresets.Published) { ["iterations"] = "1800" }</c>. Every value that shapes the result is stated, so that a changed default
/// changes no preset.
/// </summary>
public static class SolverPresets
{
    /// <summary>
    /// Deep Image Prior as published (Ulyanov, Vedaldi, Lempitsky, CVPR 2018): the default network of the supplement ("Network
    /// architectures": five scales, 128 channels, skips of 4, bilinear, reflection, LeakyReLU), z uniform in 0..0.1 with 32 channels, Adam
    /// at a constant rate of 0.01, a fixed count of iterations; no averaging, no regulariser.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Published { get; } = new Dictionary<string, string>
    {
        ["network"] = "skip",
        ["trained"] = "all",
        ["channels-down"] = "128,128,128,128,128",
        ["channels-up"] = "128,128,128,128,128",
        ["channels-skip"] = "4,4,4,4,4",
        ["filter-down"] = "3",
        ["filter-up"] = "3",
        ["filter-skip"] = "1",
        ["downsample"] = "stride",
        ["upsample"] = "bilinear",
        ["padding"] = "reflection",
        ["activation"] = "leaky-relu",
        ["up-1x1"] = "true",
        ["bias"] = "true",
        ["sigmoid"] = "true",
        ["sigmoid-margin"] = "0",
        ["pixel-shuffle"] = "1",
        ["input"] = "noise-uniform",
        ["input-channels"] = "32",
        ["input-scale"] = "0.1",
        ["symmetries"] = "false",
        ["parameter-noise"] = "0",
        ["objective"] = "energy",
        ["wide-holes"] = "blind-spot",
        ["guide"] = "none",
        ["ensemble"] = "1",
        ["optimiser"] = "adam",
        ["learning-rate"] = "0.01",
        ["learning-rate-schedule"] = "constant",
        ["learning-rate-warmup"] = "0",
        ["gradient-clip"] = "0",
        ["average-decay"] = "0",
        ["tail-mean"] = "0",
        ["stop"] = "fixed",
        ["variance-alpha"] = "0.1",
        ["held-out"] = "0.05",
        ["patience"] = "1000",
        ["tv-weight"] = "0",
    };

    /// <summary>
    /// Two scales without skips (after Liu et al., "The Devil is in the Upsampling", 2023) on Fourier features: the position is all the
    /// network is told, so few parameters and few iterations suffice.
    /// </summary>
    /// <param name="width">Channels of each scale, up and down.</param>
    public static IReadOnlyDictionary<string, string> Narrow(int width) => new Dictionary<string, string>(Published)
    {
        ["channels-down"] = FormattableString.Invariant($"{width},{width}"),
        ["channels-up"] = FormattableString.Invariant($"{width},{width}"),
        ["channels-skip"] = "0,0",
        ["padding"] = "zero",
        ["activation"] = "relu",
        ["bias"] = "false",
        ["input"] = "fourier",
        ["fourier-octaves"] = "auto",
        ["fourier-base"] = "2",
        ["input-noise"] = "0",
    };

    /// <summary>
    /// Two scales with wide skips that see the observation itself, and no position: a small network that learns on one picture how a pixel
    /// follows from its neighbours. For objectives that it cannot meet by copying (<c>recorrupted</c>, <c>blind-spot</c>).
    /// </summary>
    /// <param name="width">Channels of each scale, up and down; skips have half of them.</param>
    public static IReadOnlyDictionary<string, string> SelfSupervised(int width) => new Dictionary<string, string>(Narrow(width))
    {
        ["channels-skip"] = FormattableString.Invariant($"{width / 2},{width / 2}"),
        ["filter-skip"] = "3",
        ["input"] = "none",
    };
}
