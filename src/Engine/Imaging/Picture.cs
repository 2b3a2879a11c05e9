namespace DipPipeline.Engine.Imaging;

/// <summary>A decoded picture: colour samples apart from alpha, upright, and what else its file said of it. Free of tensors.</summary>
public sealed class Picture
{
    /// <param name="channels">1 (gray) or 3 (RGB).</param>
    /// <param name="bitDepth">8 or 16: the depth it was stored with, and is written with.</param>
    /// <param name="samples">Planar [C,H,W], row by row, 0..1; kept, not copied.</param>
    /// <param name="alpha">[H,W], 0 transparent to 1 opaque; kept, not copied.</param>
    /// <exception cref="ArgumentException">A size and the array that should have it disagree.</exception>
    public Picture(
        int width, int height, int channels, int bitDepth, float[] samples, float[]? alpha = null, PictureMetadata? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
            throw new ArgumentException($"{channels} channels; 1 (gray) or 3 (RGB) would do.", nameof(channels));
        if (bitDepth is not (8 or 16))
            throw new ArgumentException($"{bitDepth} bits; 8 or 16 would do.", nameof(bitDepth));
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.LongLength != (long)width * height * channels)
            throw new ArgumentException($"{samples.LongLength} samples for {width}×{height}×{channels}.", nameof(samples));
        if (alpha is not null && alpha.LongLength != (long)width * height)
            throw new ArgumentException($"{alpha.LongLength} alpha values for {width}×{height}.", nameof(alpha));

        (Width, Height, Channels, BitDepth) = (width, height, channels, bitDepth);
        (Samples, Alpha, Metadata) = (samples, alpha, metadata ?? PictureMetadata.None);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Colour channels: 1 (gray) or 3 (RGB, in this order); alpha is not counted.</summary>
    public int Channels { get; }

    /// <summary>8 or 16.</summary>
    public int BitDepth { get; }

    /// <summary>Planar [C,H,W], row by row, 0..1.</summary>
    public float[] Samples { get; }

    /// <summary>[H,W], 0 transparent to 1 opaque; <see langword="null"/> when the file had none.</summary>
    public float[]? Alpha { get; }

    public PictureMetadata Metadata { get; }

    /// <summary>Pixels of one channel.</summary>
    public int PixelCount => Width * Height;

    /// <summary>One colour channel, [H,W].</summary>
    public ReadOnlySpan<float> Plane(int channel) => Samples.AsSpan(channel * PixelCount, PixelCount);
}
