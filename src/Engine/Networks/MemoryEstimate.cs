namespace DipPipeline.Engine.Networks;

/// <summary>
/// Memory an optimisation needs, from what its backward pass keeps: each block keeps its (padded) input, the convolution's output and
/// the activation. Checked against measured peaks in bench/README.md; meant to be right within a third, and rather too high.
/// </summary>
internal static class MemoryEstimate
{
    // Program, libraries and libtorch's own workspaces.
    private const long Fixed = 450L << 20;

    // The gradients in flight and convolution workspaces, relative to what is kept.
    private const double Transient = 1.5;

    // Pictures in float32 beside the network: observation, average, stopping state, snapshot, energy's intermediates.
    private const int Pictures = 16;

    /// <param name="network">The network.</param>
    /// <param name="inputChannels">Channels of its input.</param>
    /// <param name="channels">Channels of the picture.</param>
    /// <param name="height">Height the network works at.</param>
    /// <param name="width">Width the network works at.</param>
    /// <param name="elementBytes">2 for bfloat16, 4 for float32.</param>
    /// <param name="keptPictures">Further pictures in float32 that a stopping rule keeps.</param>
    public static long Bytes(NetworkSettings network, int inputChannels, int channels, int height, int width, int elementBytes, int keptPictures = 0)
    {
        var pixels = (double)height * width;
        var kept = inputChannels * pixels * 2;
        for (var i = 0; i < network.Scales; i++)
        {
            var (down, up, skip) = (network.Down[i], network.Up[i], network.Skip[i]);
            var input = i == 0 ? inputChannels : network.Down[i - 1];
            var deeper = i + 1 < network.Scales ? network.Up[i + 1] : down;
            var (here, below) = (pixels, pixels / 4);
            kept += here * (input + (2 * skip) + (3 * (skip + deeper)) + (2 * up) + (network.Up1x1 ? 2 * up : 0));
            kept += below * (5 * down);
            pixels /= 4;
        }

        return Fixed + (long)((Transient * kept * elementBytes) + ((double)height * width * channels * (Pictures + keptPictures) * sizeof(float)));
    }

    /// <summary>The largest side of a square picture that fits into <paramref name="free"/> bytes, a multiple of 32.</summary>
    public static int LargestSide(NetworkSettings network, int inputChannels, int channels, int elementBytes, long free, int keptPictures = 0)
    {
        var side = 0;
        while (Bytes(network, inputChannels, channels, side + 32, side + 32, elementBytes, keptPictures) <= free)
        {
            side += 32;
        }

        return side;
    }
}
