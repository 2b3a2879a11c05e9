using DipPipeline.Contracts.Options;

namespace DipPipeline.Engine.Networks;

/// <summary>Every choice of the encoder–decoder with skip connections (Ulyanov, Vedaldi, Lempitsky, CVPR 2018, fig. 21).</summary>
public sealed record NetworkSettings
{
    /// <summary>Channels at each scale of the encoder, finest first.</summary>
    public required IReadOnlyList<int> Down { get; init; }

    /// <summary>Channels at each scale of the decoder, finest first.</summary>
    public required IReadOnlyList<int> Up { get; init; }

    /// <summary>Channels of the skip connection at each scale; 0 leaves it out.</summary>
    public required IReadOnlyList<int> Skip { get; init; }

    public int FilterDown { get; init; } = 3;
    public int FilterUp { get; init; } = 3;
    public int FilterSkip { get; init; } = 1;
    public Downsampling Downsampling { get; init; } = Downsampling.Stride;
    public Upsampling Upsampling { get; init; } = Upsampling.Bilinear;
    public Padding Padding { get; init; } = Padding.Reflection;
    public Activation Activation { get; init; } = Activation.LeakyReLU;

    /// <summary>A second, 1×1 convolution at each scale of the decoder.</summary>
    public bool Up1x1 { get; init; } = true;

    public bool Bias { get; init; } = true;
    public bool Sigmoid { get; init; } = true;

    public int Scales => Down.Count;

    /// <summary>Sides of the network's input are multiples of this, 2^scales.</summary>
    public int SideMultiple => 1 << Scales;

    /// <summary>
    /// Side of the square of input that one output pixel depends on, pixels: each filter of side k at scale i widens it by (k−1)·2^i.
    /// </summary>
    public int ReceptiveField => 1 + Enumerable.Range(0, Scales).Sum(i =>
        ((FilterDown - 1) * ((1 << i) + (2 << i))) + ((FilterUp - 1) << i) + (Upsampling == Upsampling.Bilinear ? 2 << i : 0));

    /// <exception cref="InvalidOptionsException">The lists of channels differ in length.</exception>
    public static NetworkSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (down, up, skip) = (options.Integers("channels-down"), options.Integers("channels-up"), options.Integers("channels-skip"));
        if (up.Count != down.Count || skip.Count != down.Count)
        {
            throw new InvalidOptionsException([$"Options 'channels-down', 'channels-up' and 'channels-skip' have {down.Count}, {up.Count} and {skip.Count} values; " +
                "accepted: the same count for all three, one a scale."]);
        }

        return new NetworkSettings
        {
            Down = down,
            Up = up,
            Skip = skip,
            FilterDown = options.Integer("filter-down"),
            FilterUp = options.Integer("filter-up"),
            FilterSkip = options.Integer("filter-skip"),
            Downsampling = Parse<Downsampling>(options.Text("downsample")),
            Upsampling = Parse<Upsampling>(options.Text("upsample")),
            Padding = Parse<Padding>(options.Text("padding")),
            Activation = Parse<Activation>(options.Text("activation")),
            Up1x1 = options.Flag("up-1x1"),
            Bias = options.Flag("bias"),
            Sigmoid = options.Flag("sigmoid"),
        };
    }

    private static T Parse<T>(string word)
        where T : struct => Enum.Parse<T>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
}
