using DipPipeline.Contracts.Options;

namespace DipPipeline.Engine.Networks;

/// <summary>Which network, and every choice of the encoder–decoder with skip connections (Ulyanov, Vedaldi, Lempitsky, CVPR 2018, fig. 21).</summary>
public sealed record NetworkSettings
{
    public NetworkKind Kind { get; init; } = NetworkKind.Skip;

    /// <summary>What is optimised of it.</summary>
    public TrainedParameters Trained { get; init; } = TrainedParameters.All;

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

    /// <summary>
    /// How far the sigmoid's range reaches beyond 0..1 on either side. It comes near its ends only at large values, with next to no gradient:
    /// with 0, as published, white comes out darker than it is.
    /// </summary>
    public double SigmoidMargin { get; init; }

    /// <summary>
    /// Side of the blocks of pixels that the network treats as one, 1 for none: it works at a resolution so many times lower, and a pixel
    /// shuffle (Shi et al., CVPR 2016) turns its r² values a channel into the block.
    /// </summary>
    public int Shuffle { get; init; } = 1;

    // A picture is worked on at a multiple of 2^scales: at 1,024 the smallest one would take gigabytes more than it is worth.
    private const int MostScales = 10;

    public int Scales => Down.Count;

    /// <summary>Most channels of encoder and decoder.</summary>
    public int Width => Math.Max(Up.Max(), Down.Max());

    /// <summary>Sides of the picture that the network makes are multiples of this, r·2^scales.</summary>
    public int SideMultiple => Shuffle << Scales;

    /// <summary>How many times smaller the sides of the network's input are than those of the picture that it makes.</summary>
    public int InputDivisor => Kind == NetworkKind.DeepDecoder ? SideMultiple : Shuffle;

    /// <summary>
    /// Side of the largest square of input that one output pixel depends on through its filters, pixels (batch norm, which sees all, aside).
    /// </summary>
    public int ReceptiveField
    {
        get
        {
            // Down the decoder: the pixels of the coarser scale that so many of this one come from, where they lie worst.
            var isDecoder = Kind == NetworkKind.DeepDecoder;
            var seen = 1;
            for (var i = 0; i < Scales; i++)
            {
                seen = ((seen + (isDecoder ? 0 : FilterUp - 1)) / 2) + (Upsampling == Upsampling.Bilinear ? 2 : 1);
            }

            // Up the encoder: each of them is 2^scales apart and sees, by filters of side k at scale i, (k−1)·2^i more.
            return isDecoder ? Shuffle * (seen << Scales) : Shuffle * (1 + ((seen - 1) << Scales) + Enumerable.Range(0, Scales).Sum(i => (FilterDown - 1) * ((1 << i) + (2 << i))));
        }
    }

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

        if (down.Count > MostScales)
        {
            throw new InvalidOptionsException([$"Option 'channels-down' has {down.Count} values; accepted: at most {MostScales}, one a scale."]);
        }

        return new NetworkSettings
        {
            Kind = Parse<NetworkKind>(options.Text("network")),
            Trained = Parse<TrainedParameters>(options.Text("trained")),
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
            SigmoidMargin = options.Number("sigmoid-margin"),
            Shuffle = options.Integer("pixel-shuffle"),
        };
    }

    private static T Parse<T>(string word)
        where T : struct => Enum.Parse<T>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
}

/// <summary>Networks.</summary>
public enum NetworkKind
{
    /// <summary>Encoder–decoder with skip connections (Ulyanov et al. 2018); with 1×1 filters on Fourier features, PIP (Shabtay et al. 2022).</summary>
    Skip,

    /// <summary>Decoder of 1×1 convolutions alone (Heckel, Hand 2019).</summary>
    DeepDecoder,
}

/// <summary>What is optimised of a network.</summary>
public enum TrainedParameters
{
    All,

    /// <summary>Scales and shifts of batch norms alone; convolutions keep their random start (deep random projector, Li et al., CVPR 2023).</summary>
    Affine,
}
