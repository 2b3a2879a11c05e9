namespace DipPipeline.Cli.Bench;

/// <summary>What <c>dip bench engine</c> was asked to measure.</summary>
internal sealed record EngineBenchSettings
{
    /// <summary>The task whose presets name the networks.</summary>
    public const string Task = "denoise";

    /// <summary>Presets whose networks are timed; <see langword="null"/> takes all of <see cref="Task"/>.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>Sides in pixels; empty takes <see cref="SizesOf"/>.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary><c>float32</c>, <c>bfloat16</c>; empty takes float32, and bfloat16 where the device computes it faster.</summary>
    public required IReadOnlyList<string> Precisions { get; init; }

    public required int Rounds { get; init; }

    /// <summary>In a round; <see langword="null"/> takes about a second's.</summary>
    public int? Iterations { get; init; }

    /// <summary>Presets that pictures are restored with; empty restores none.</summary>
    public required IReadOnlyList<string> Quality { get; init; }

    /// <summary>A picture to denoise in the samples' place, and its clean one.</summary>
    public string? Picture { get; init; }

    public string? Reference { get; init; }

    /// <summary>dB at which a restoration may end; <see langword="null"/> restores to the preset's own end.</summary>
    public double? ToPsnr { get; init; }

    public required IReadOnlyList<Opponent> Against { get; init; }

    public required string Python { get; init; }

    public bool Profile { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; }

    public bool Quick { get; init; }

    /// <summary>As <c>--device</c> took it.</summary>
    public required string Device { get; init; }

    public bool Json { get; init; }

    /// <summary>Every network at 256×256; that of the paper at 512×512 too, unless it is to be quick.</summary>
    public IReadOnlyList<int> SizesOf(string network) =>
        Sizes.Count > 0 ? Sizes : network == PyTorch.Network && !Quick ? [256, 512] : [256];
}
