using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// The encoder–decoder with skip connections of Deep Image Prior. At each scale: a skip branch beside a deeper branch (halve, convolve,
/// the next scale, double), their concatenation, and two convolutions. Input [1,Z,H,W] with H and W multiples of
/// 2^scales.
/// Parameters register in the original's order, so that its weights can be loaded by position.
/// </summary>
internal sealed class SkipNetwork : Network
{
    private readonly Scale[] _scales;

    public SkipNetwork(NetworkSettings settings, int inputChannels, int outputChannels)
        : base(settings)
    {
        _scales = new Scale[settings.Scales];
        Register(0, inputChannels);
        RegisterOutput(settings.Up[0], outputChannels);
    }

    /// <summary>Whether merging convolutions take skip and deeper branch apart (<see cref="MergeApart"/>); by default where that is faster.</summary>
    internal bool? MergesApart { get; init; }

    protected override Tensor Features(Tensor z, Tensor[] parameters) => Descend(0, z, parameters);

    private void Register(int i, int input)
    {
        var (down, up, skip) = (Settings.Down[i], Settings.Up[i], Settings.Skip[i]);
        var skipBlock = skip > 0 ? new Block(Layout, input, skip, Settings.FilterSkip, Settings) : null;
        var reduce = new Block(Layout, input, down, Settings.FilterDown, Settings, Settings.Downsampling);
        var refine = new Block(Layout, down, down, Settings.FilterDown, Settings);
        var deeper = down;
        if (i + 1 < Settings.Scales)
        {
            Register(i + 1, down);
            deeper = Settings.Up[i + 1];
        }

        var join = new Normalisation(Layout, skip + deeper);
        var merge = new Block(Layout, skip + deeper, up, Settings.FilterUp, Settings);
        var mix = Settings.Up1x1 ? new Block(Layout, up, up, 1, Settings) : null;
        _scales[i] = new Scale(skipBlock, reduce, refine, join, merge, mix);
    }

    private Tensor Descend(int i, Tensor x, Tensor[] parameters)
    {
        var scale = _scales[i];
        var deeper = Deeper(i, x, parameters);
        var shortcut = scale.Skip?.Apply(x, parameters);
        var merged = Merge(scale, shortcut, deeper, parameters);
        if (scale.Mix is null)
        {
            return merged;
        }

        using (merged)
        {
            return scale.Mix.Apply(merged, parameters);
        }
    }

    // Takes both over, and lets go of them as soon as they are joined.
    private Tensor Merge(Scale scale, Tensor? shortcut, Tensor deeper, Tensor[] parameters)
    {
        // Tensor cores do a filter over 128 channels in a third of the time of one over 132 (measured: bench/README.md).
        if (shortcut is not null && (MergesApart ?? (deeper.dtype == bfloat16 && deeper.device.type == DeviceType.CUDA)))
        {
            using (shortcut)
            using (deeper)
            {
                return MergeApart(scale, shortcut, deeper, parameters);
            }
        }

        Tensor joined;
        using (shortcut)
        using (deeper)
        {
            joined = shortcut is null ? deeper.alias() : cat([shortcut, deeper], 1);
        }

        using var owned = joined;
        using var normal = scale.Join.Apply(joined, parameters);
        return scale.Merge.Apply(normal, parameters);
    }

    // The same, but that neither channels nor filters are ever joined: a convolution is the sum of those of its input's parts.
    private static Tensor MergeApart(Scale scale, Tensor shortcut, Tensor deeper, Tensor[] parameters)
    {
        var skip = shortcut.shape[1];
        using var left = scale.Join.ApplyToPart(shortcut, parameters, 0);
        using var right = scale.Join.ApplyToPart(deeper, parameters, skip);
        return scale.Merge.ApplyToSum(left, right, parameters);
    }

    private Tensor Deeper(int i, Tensor x, Tensor[] parameters)
    {
        var scale = _scales[i];
        using var reduced = scale.Reduce.Apply(x, parameters);
        using var refined = scale.Refine.Apply(reduced, parameters);
        using var coarse = i + 1 < _scales.Length ? Descend(i + 1, refined, parameters) : refined.alias();
        return Resampling.Double(coarse, Settings.Upsampling);
    }

    private sealed record Scale(Block? Skip, Block Reduce, Block Refine, Normalisation Join, Block Merge, Block? Mix);
}
