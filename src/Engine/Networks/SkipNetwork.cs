using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// The encoder–decoder with skip connections of Deep Image Prior. At each scale: a skip branch beside a deeper branch (halve, convolve,
/// the next scale, double), their concatenation, and two convolutions. Input [1,Z,H,W] with H and W multiples of
/// <see cref="NetworkSettings.SideMultiple"/>; output [1,C,H,W] in float32 (float64 where it computes in it).
/// Parameters register in the original's order, so that its weights can be loaded by position.
/// </summary>
internal sealed class SkipNetwork
{
    private readonly NetworkSettings _settings;
    private readonly Scale[] _scales;
    private readonly Convolution _output;

    public SkipNetwork(NetworkSettings settings, int inputChannels, int outputChannels)
    {
        _settings = settings;
        _scales = new Scale[settings.Scales];
        Register(0, inputChannels);
        _output = new Convolution(Layout, settings.Up[0], outputChannels * settings.Shuffle * settings.Shuffle, 1, settings.Bias, settings.Padding);
    }

    public ParameterLayout Layout { get; } = new();

    public Tensor Forward(Tensor z, Tensor[] parameters)
    {
        using var features = Descend(0, z, parameters);
        using var output = _output.Apply(features, parameters);
        using var wide = output.dtype == bfloat16 ? output.to(float32) : output.alias();
        using var picture = _settings.Shuffle > 1 ? F.pixel_shuffle(wide, _settings.Shuffle) : wide.alias();
        return _settings.Sigmoid ? picture.sigmoid() : picture.alias();
    }

    private void Register(int i, int input)
    {
        var (down, up, skip) = (_settings.Down[i], _settings.Up[i], _settings.Skip[i]);
        var skipBlock = skip > 0 ? new Block(Layout, input, skip, _settings.FilterSkip, _settings) : null;
        var reduce = new Block(Layout, input, down, _settings.FilterDown, _settings, _settings.Downsampling);
        var refine = new Block(Layout, down, down, _settings.FilterDown, _settings);
        var deeper = down;
        if (i + 1 < _settings.Scales)
        {
            Register(i + 1, down);
            deeper = _settings.Up[i + 1];
        }

        var join = new Normalisation(Layout, skip + deeper);
        var merge = new Block(Layout, skip + deeper, up, _settings.FilterUp, _settings);
        var mix = _settings.Up1x1 ? new Block(Layout, up, up, 1, _settings) : null;
        _scales[i] = new Scale(skipBlock, reduce, refine, join, merge, mix);
    }

    private Tensor Descend(int i, Tensor x, Tensor[] parameters)
    {
        var scale = _scales[i];
        using var joined = Join(i, x, parameters);
        using var normal = scale.Join.Apply(joined, parameters);
        if (scale.Mix is null)
        {
            return scale.Merge.Apply(normal, parameters);
        }

        using var merged = scale.Merge.Apply(normal, parameters);
        return scale.Mix.Apply(merged, parameters);
    }

    private Tensor Join(int i, Tensor x, Tensor[] parameters)
    {
        var deeper = Deeper(i, x, parameters);
        if (_scales[i].Skip is not { } skip)
        {
            return deeper;
        }

        using (deeper)
        {
            using var shortcut = skip.Apply(x, parameters);
            return cat([shortcut, deeper], 1);
        }
    }

    private Tensor Deeper(int i, Tensor x, Tensor[] parameters)
    {
        var scale = _scales[i];
        using var reduced = scale.Reduce.Apply(x, parameters);
        using var refined = scale.Refine.Apply(reduced, parameters);
        using var coarse = i + 1 < _scales.Length ? Descend(i + 1, refined, parameters) : refined.alias();
        return _settings.Upsampling == Upsampling.Bilinear
            ? F.interpolate(coarse, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false)
            : F.interpolate(coarse, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
    }

    private sealed record Scale(Block? Skip, Block Reduce, Block Refine, Normalisation Join, Block Merge, Block? Mix);
}
