using System.Globalization;
using DipPipeline.Contracts.Options;

namespace DipPipeline.Engine.Inputs;

/// <summary>What the network is fed: z, and how it is perturbed at each iteration.</summary>
public sealed record InputSettings
{
    public InputKind Kind { get; init; } = InputKind.NoiseUniform;

    /// <summary>Channels of a noise input.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Factor on a noise input.</summary>
    public double Scale { get; init; } = 0.1;

    /// <summary>Octaves of Fourier features; <see langword="null"/> takes as many as bring the finest to about two pixels.</summary>
    public int? FourierOctaves { get; init; }

    public double FourierBase { get; init; } = 2;

    /// <summary>Standard deviation of the normal noise added at each iteration.</summary>
    public double Noise { get; init; }

    /// <summary>Whether each iteration shows the network its input in another of the grid's eight symmetries.</summary>
    public bool Symmetries { get; init; }

    /// <summary>Channels of z for a network that works at this size.</summary>
    public int ChannelsAt(int height, int width, int pictureChannels) => Kind switch
    {
        InputKind.MeshGrid => 2,
        InputKind.Fourier => 4 * OctavesAt(height, width),
        InputKind.Picture => pictureChannels,
        InputKind.None => 0,
        _ => Channels,
    };

    // Up to a period of four pixels: one that alternates from pixel to pixel, or one fewer, gave worse pictures (bench/README.md).
    internal int OctavesAt(int height, int width) => FourierOctaves
        ?? Math.Max(1, (int)Math.Round(Math.Log(Math.Max(height, width), FourierBase), MidpointRounding.AwayFromZero));

    public static InputSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new InputSettings
        {
            Kind = Enum.Parse<InputKind>(options.Text("input").Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            Channels = options.Integer("input-channels"),
            Scale = options.Number("input-scale"),
            FourierOctaves = options.IsAuto("fourier-octaves") ? null : int.Parse(options.Text("fourier-octaves"), CultureInfo.InvariantCulture),
            FourierBase = options.Number("fourier-base"),
            Noise = options.Number("input-noise"),
            Symmetries = options.Flag("symmetries"),
        };
    }
}

/// <summary>Kinds of network input.</summary>
public enum InputKind
{
    /// <summary>Uniform in 0..scale.</summary>
    NoiseUniform,

    /// <summary>Normal, standard deviation scale.</summary>
    NoiseNormal,

    /// <summary>Two channels: x and y in 0..1.</summary>
    MeshGrid,

    /// <summary>Sine and cosine of x and y at each octave.</summary>
    Fourier,

    /// <summary>A rough first answer, or the observation itself at the output's size.</summary>
    Picture,

    /// <summary>Nothing: the network sees its guide alone.</summary>
    None,
}
