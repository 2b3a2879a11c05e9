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

    protected override Features Describe(Features z, Pass pass) => Descend(0, z, pass);

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
        _scales[i] = new Scale(skip, deeper, skipBlock, reduce, refine, join, merge, mix);
    }

    private Features Descend(int i, Features x, Pass pass)
    {
        var scale = _scales[i];
        var deeper = Deeper(i, x, pass);
        var shortcut = scale.Skip?.Apply(x, pass);
        var merged = Merge(scale, shortcut, deeper, pass);
        if (scale.Mix is null)
        {
            return merged;
        }

        using (merged)
        {
            return scale.Mix.Apply(merged, pass);
        }
    }

    // Takes both over, and lets go of them as soon as they are joined.
    private Features Merge(Scale scale, Features? shortcut, Features deeper, Pass pass)
    {
        if (shortcut is not null && (MergesApart ?? pass.MergesApart(scale.SkipChannels, scale.DeeperChannels)))
        {
            return MergeApart(scale, shortcut, deeper, pass);
        }

        using var normal = Normal(shortcut is null ? deeper : Join(shortcut, deeper, pass), scale, 0, pass);
        return scale.Merge.Apply(normal, pass);
    }

    private static Features Join(Features shortcut, Features deeper, Pass pass) => pass.Derive(() =>
    {
        using (shortcut)
        using (deeper)
        {
            using var over = shortcut.Get();
            using var under = deeper.Get();
            return Channels.Join(over, under);
        }
    });

    // The same, but that neither channels nor filters are ever joined: a convolution is the sum of those of its input's parts.
    private static Features MergeApart(Scale scale, Features shortcut, Features deeper, Pass pass)
    {
        using var left = Normal(shortcut, scale, 0, pass);
        using var right = Normal(deeper, scale, scale.SkipChannels, pass);
        return scale.Merge.ApplyToParts(left, scale.SkipChannels, right, pass);
    }

    private static Features Normal(Features part, Scale scale, int from, Pass pass)
    {
        using (part)
        {
            return pass.Normalise(part, scale.Join, from, null);
        }
    }

    private Features Deeper(int i, Features x, Pass pass)
    {
        var scale = _scales[i];
        using var reduced = scale.Reduce.Apply(x, pass);
        using var refined = scale.Refine.Apply(reduced, pass);
        using var coarse = i + 1 < _scales.Length ? Descend(i + 1, refined, pass) : refined;
        return pass.Double(coarse, Settings.Upsampling);
    }

    private sealed record Scale(int SkipChannels, int DeeperChannels, Block? Skip, Block Reduce, Block Refine, Normalisation Join, Block Merge, Block? Mix);
}
