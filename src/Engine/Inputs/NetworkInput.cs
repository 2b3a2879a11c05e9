using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Inputs;

/// <summary>
/// The fixed input z, [1,Z,H,W] with channels-last strides, and its perturbation: each iteration sees z + σ·n with fresh normal n
/// (Ulyanov et al. 2018, supplement: "noise-based regularisation").
/// </summary>
internal sealed class NetworkInput : IDisposable
{
    private readonly Tensor _z;
    private readonly ScalarType _precision;
    private readonly double _noise;
    private readonly Tensor? _buffer;

    private NetworkInput(Tensor z, InputSettings settings, ScalarType precision)
    {
        _noise = settings.Noise;
        _precision = precision;
        Channels = (int)z.shape[1];
        using var last = ChannelsLast(z);
        _z = (_noise > 0 ? last.alias() : last.to(precision)).DetachFromDisposeScope();
        // Drawn as [1,H,W,Z] and seen as [1,Z,H,W]: contiguous for the generator, channels-last for the network.
        _buffer = _noise > 0 ? empty([1, z.shape[2], z.shape[3], z.shape[1]], float32, z.device).DetachFromDisposeScope() : null;
    }

    public int Channels { get; }

    /// <param name="settings">What to feed.</param>
    /// <param name="size">The size the network works at.</param>
    /// <param name="picture">[1,C,h,w] for <see cref="InputKind.Picture"/>; resized to the output's size, its border repeated beyond.</param>
    /// <param name="precision">What the network computes in.</param>
    /// <param name="device">Where.</param>
    /// <param name="generator">The job's CPU generator.</param>
    public static NetworkInput Create(
        InputSettings settings, WorkingSize size, Tensor picture, ScalarType precision, Device device, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (size.Height, size.Width);
        var z = settings.Kind switch
        {
            InputKind.NoiseUniform => zeros(1, settings.Channels, height, width).uniform_(0, settings.Scale, generator),
            InputKind.NoiseNormal => zeros(1, settings.Channels, height, width).normal_(0, settings.Scale, generator),
            InputKind.MeshGrid => MeshGrid(height, width),
            InputKind.Fourier => Fourier(settings, height, width),
            _ => Padded(picture, size),
        };
        return new NetworkInput(z.to(device), settings, precision);
    }

    /// <summary>z, perturbed where it is to be.</summary>
    public Tensor Next(Generator deviceGenerator)
    {
        if (_buffer is null)
        {
            return _z.alias();
        }

        _buffer.normal_(0, _noise, deviceGenerator);
        using var noise = _buffer.permute(0, 3, 1, 2);
        using var perturbed = _z + noise;
        return perturbed.to(_precision);
    }

    /// <summary>The same tensor with channels-last strides, on which convolutions are faster.</summary>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var last = x.permute(0, 2, 3, 1);
        using var packed = last.contiguous();
        return packed.permute(0, 3, 1, 2);
    }

    public void Dispose()
    {
        _z.Dispose();
        _buffer?.Dispose();
    }

    // Aligned with the output: what the network sees at a place is what it is to make there.
    private static Tensor Padded(Tensor picture, WorkingSize size)
    {
        var (bottom, right) = (size.Height - size.Top - size.PictureHeight, size.Width - size.Left - size.PictureWidth);
        var resized = F.interpolate(picture, size: [size.PictureHeight, size.PictureWidth], mode: InterpolationMode.Bicubic, align_corners: false).clamp(0, 1);
        return F.pad(resized, (size.Left, right, size.Top, bottom), PaddingModes.Replicate);
    }

    private static Tensor MeshGrid(int height, int width) =>
        stack([Axis(width, 0, 1).expand(height, width), Axis(height, 0, 1).unsqueeze(1).expand(height, width)]).unsqueeze(0);

    // sin and cos of ½πb^k·u and ½πb^k·v with u and v in −1..1 along the longer side: the lowest octave, half a period, tells every
    // position from every other and opposite borders apart; the highest alternates from pixel to pixel.
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
