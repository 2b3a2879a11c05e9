using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Inputs;

/// <summary>
/// The fixed input z, [1,Z,H,W] in the device's memory format, and its perturbation: each iteration sees z + σ·n with other normal n
/// (Ulyanov et al. 2018, supplement: "noise-based regularisation"). After it come the channels of a guide, where there is one.
/// </summary>
internal sealed class NetworkInput : IDisposable
{
    private readonly Tensor _z;
    private readonly WorkingSize _size;
    private readonly int _divisor;
    private readonly ScalarType _precision;
    private readonly NoiseBank? _noise;

    private NetworkInput(Tensor z, WorkingSize size, InputSettings settings, int divisor, int guideChannels, ScalarType precision, long seed)
    {
        (_size, _divisor, _precision) = (size, divisor, precision);
        Channels = (int)z.shape[1] + (guideChannels * divisor * divisor);
        using var ordered = MemoryFormat.Fastest(z);
        _z = ordered.to(precision).DetachFromDisposeScope();
        _noise = settings.Noise > 0 && z.shape[1] > 0 ? new NoiseBank(_z, settings.Noise, seed) : null;
    }

    /// <summary>Channels of z and of the guide.</summary>
    public int Channels { get; }

    /// <param name="settings">What to feed.</param>
    /// <param name="size">The size the network works at.</param>
    /// <param name="picture">[1,C,h,w] for <see cref="InputKind.Picture"/>; resized to the output's size, its border repeated beyond.</param>
    /// <param name="precision">What the network computes in.</param>
    /// <param name="device">Where.</param>
    /// <param name="generator">The job's CPU generator: draws z.</param>
    /// <param name="seed">The job's seed: draws the perturbation.</param>
    /// <param name="divisor">Side of the blocks of pixels that make one of the input (<see cref="NetworkSettings.InputDivisor"/>).</param>
    /// <param name="guideChannels">Channels of the guide that <see cref="Next"/> will be given.</param>
    public static NetworkInput Create(
        InputSettings settings, WorkingSize size, Tensor picture, ScalarType precision, Device device, Generator generator,
        long seed = 0, int divisor = 1, int guideChannels = 0)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (size.Height / divisor, size.Width / divisor);
        var z = settings.Kind switch
        {
            InputKind.NoiseUniform => zeros(1, settings.Channels, height, width).uniform_(0, settings.Scale, generator),
            InputKind.NoiseNormal => zeros(1, settings.Channels, height, width).normal_(0, settings.Scale, generator),
            InputKind.MeshGrid => MeshGrid(height, width),
            InputKind.Fourier => Fourier(settings, height, width),
            InputKind.None => zeros(1, 0, height, width),
            _ => Blocks(Padded(picture, size), divisor),
        };
        return new NetworkInput(z.to(device), size, settings, divisor, guideChannels, precision, seed);
    }

    /// <summary>z, perturbed where it is to be, and the guide.</summary>
    /// <param name="iteration">0-based; tells which perturbation.</param>
    /// <param name="guide">[1,G,h,w]; <see langword="null"/> where there is none.</param>
    public Tensor Next(int iteration, Tensor? guide = null)
    {
        var z = Perturbed(iteration);
        if (guide is null)
        {
            return z;
        }

        using (z)
        {
            using var shown = Padded(guide, _size);
            using var blocks = Blocks(shown, _divisor);
            using var cast = blocks.to(_precision);
            using var ordered = MemoryFormat.Fastest(cast);
            if (Channels == blocks.shape[1])
            {
                return ordered.alias();
            }

            // Of a lone channel no order can be told, and then what is joined has none of its own.
            using var joined = cat([z, ordered], 1);
            return MemoryFormat.Fastest(joined);
        }
    }

    private Tensor Perturbed(int iteration)
    {
        if (_noise is null)
        {
            return _z.alias();
        }

        using var noise = _noise.At(iteration);
        return _z + noise;
    }

    public void Dispose()
    {
        _z.Dispose();
        _noise?.Dispose();
    }

    // Aligned with the output: what the network sees at a place is what it is to make there.
    private static Tensor Padded(Tensor picture, WorkingSize size)
    {
        var (bottom, right) = (size.Height - size.Top - size.PictureHeight, size.Width - size.Left - size.PictureWidth);
        var same = picture.shape[2] == size.PictureHeight && picture.shape[3] == size.PictureWidth;
        var resized = same ? picture.alias()
            : F.interpolate(picture, size: [size.PictureHeight, size.PictureWidth], mode: InterpolationMode.Bicubic, align_corners: false).clamp(0, 1);
        return size.Height == size.PictureHeight && size.Width == size.PictureWidth ? resized
            : F.pad(resized, (size.Left, right, size.Top, bottom), PaddingModes.Replicate);
    }

    private static Tensor Blocks(Tensor picture, int divisor) => divisor > 1 ? F.pixel_unshuffle(picture, divisor) : picture.alias();

    private static Tensor MeshGrid(int height, int width) =>
        stack([Axis(width, 0, 1).expand(height, width), Axis(height, 0, 1).unsqueeze(1).expand(height, width)]).unsqueeze(0);

    // sin and cos of ½πb^k·u and ½πb^k·v with u and v in −1..1 along the longer side: the lowest octave, half a period, tells every
    // position from every other and opposite borders apart; the highest that auto takes has a period of four pixels.
    private static Tensor Fourier(InputSettings settings, int height, int width)
    {
        var longer = Math.Max(height, width);
        var octaves = settings.OctavesAt(height, width);
        var (u, v) = (Axis(width, -(double)width / longer, (double)width / longer), Axis(height, -(double)height / longer, (double)height / longer));
        var features = new List<Tensor>();
        for (var k = 0; k < octaves; k++)
        {
            var frequency = Math.PI / 2 * Math.Pow(settings.FourierBase, k);
            var (across, down) = ((u * frequency).expand(height, width), (v * frequency).unsqueeze(1).expand(height, width));
            features.AddRange([across.sin(), across.cos(), down.sin(), down.cos()]);
        }

        return stack(features).unsqueeze(0);
    }

    private static Tensor Axis(int length, double from, double to) => length == 1
        ? full([1], (from + to) / 2)
        : linspace(from, to, length);
}
