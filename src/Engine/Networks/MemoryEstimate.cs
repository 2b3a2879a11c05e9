namespace DipPipeline.Engine.Networks;

/// <summary>
/// Memory an optimisation needs, from what its backward pass keeps: each block keeps its (padded) input, the convolution's output and
/// the activation, or of these the output only. Checked against measured peaks in bench/README.md; meant to be right within a third, and rather too high.
/// </summary>
/// <param name="Network">The network.</param>
/// <param name="InputChannels">Channels of its input.</param>
/// <param name="Channels">Channels of the picture.</param>
/// <param name="ElementBytes">2 for bfloat16, 4 for float32.</param>
internal sealed record MemoryEstimate(NetworkSettings Network, int InputChannels, int Channels, int ElementBytes)
{
    /// <summary>Program, libraries and libtorch's own workspaces, once in a process.</summary>
    public const long Fixed = 500L << 20;

    // The gradients in flight and convolution workspaces, relative to what is kept.
    private const double Transient = 1.5;

    // At one convolution of the finest scale: what is made again of its input, the gradients of both, and the library's own copies.
    private const double InFlight = 8;

    // Of a convolution, of those that Lanczos reduces above all.
    private const int WidestBorder = 5;

    // Pictures in float32 beside the network: observation, average, stopping state, snapshot, energy's intermediates.
    private const int Pictures = 16;

    /// <summary>Further pictures in float32 that a stopping rule or an ensemble keeps.</summary>
    public int KeptPictures { get; init; }

    /// <summary>Whether passes keep what convolutions make, and nothing else (<see cref="LeanPass"/>).</summary>
    public bool IsLean { get; init; }

    /// <summary>What is taken for one byte of the estimate: by a heap more than is asked of it, where it keeps large blocks; on a GPU by libraries.</summary>
    public double Overhead { get; init; } = 1;

    /// <param name="height">Height the network works at.</param>
    /// <param name="width">Width the network works at.</param>
    public long Bytes(int height, int width)
    {
        var pixels = (double)height * width / (Network.Shuffle * Network.Shuffle);
        var network = Network.Kind == NetworkKind.DeepDecoder ? Transient * KeptByDecoder(pixels)
            : IsLean ? KeptByConvolutions(pixels) + (InFlight * pixels * (Network.Skip[0] + Network.Width))
            : Transient * KeptBySkips(pixels);
        var pictures = (double)height * width * Channels * (Pictures + KeptPictures) * sizeof(float);
        return Fixed + (long)(Overhead * ((network * ElementBytes) + pictures));
    }

    /// <summary>Values of the largest tensor, with its border.</summary>
    /// <param name="height">Height the network works at.</param>
    /// <param name="width">Width the network works at.</param>
    public long LargestTensor(int height, int width)
    {
        var (h, w) = ((long)height / Network.Shuffle, (long)width / Network.Shuffle);
        var largest = 0L;
        for (var i = 0; i < Network.Scales; i++)
        {
            // Averages and the like reduce what was convolved at full size.
            var down = Network.Downsampling == Downsampling.Stride ? 0 : Network.Down[i];
            // Both parts of what is joined, filled up as tensor cores want them.
            var joined = (Network.Skip[i] + (i + 1 < Network.Scales ? Network.Up[i + 1] : Network.Down[i]) + 15) / 16 * 16;
            largest = Math.Max(largest, ((h >> i) + (2 * WidestBorder)) * ((w >> i) + (2 * WidestBorder)) * Math.Max(Math.Max(joined, Network.Up[i]), Math.Max(down, i == 0 ? InputChannels : Network.Down[i - 1])));
        }

        return largest;
    }

    private double KeptBySkips(double pixels)
    {
        var kept = InputChannels * pixels * 2;
        for (var i = 0; i < Network.Scales; i++)
        {
            var (down, up, skip) = (Network.Down[i], Network.Up[i], Network.Skip[i]);
            var input = i == 0 ? InputChannels : Network.Down[i - 1];
            var deeper = i + 1 < Network.Scales ? Network.Up[i + 1] : down;
            var (here, below) = (pixels, pixels / 4);
            kept += here * (input + (2 * skip) + (3 * (skip + deeper)) + (2 * up) + (Network.Up1x1 ? 2 * up : 0));
            kept += below * (5 * down);
            pixels /= 4;
        }

        return kept;
    }

    // The input, padded, and what each convolution makes.
    private double KeptByConvolutions(double pixels)
    {
        var kept = InputChannels * pixels * 2;
        for (var i = 0; i < Network.Scales; i++)
        {
            var (down, up, skip) = (Network.Down[i], Network.Up[i], Network.Skip[i]);
            // Averages and the like reduce what was convolved at full size.
            var reduced = Network.Downsampling == Downsampling.Stride ? pixels / 4 : pixels * 5 / 4;
            kept += (pixels * (skip + up + (Network.Up1x1 ? up : 0))) + ((reduced + (pixels / 4)) * down);
            pixels /= 4;
        }

        return kept;
    }

    // At each scale what the convolution sees and makes, and what it becomes doubled, active and normal.
    private double KeptByDecoder(double pixels)
    {
        var kept = 0.0;
        for (var i = 0; i < Network.Scales; i++)
        {
            var input = i + 1 < Network.Scales ? Network.Up[i + 1] : InputChannels;
            kept += (pixels / 4 * (input + Network.Up[i])) + (pixels * 3 * Network.Up[i]);
            pixels /= 4;
        }

        return kept;
    }
}
