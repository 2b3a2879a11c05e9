using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A network f_θ without training: its parameters are known by their layout and handed in at each pass. Its last layer makes the picture
/// of whatever features come before.
/// </summary>
internal abstract class Network(NetworkSettings settings)
{
    private Convolution? _output;

    /// <summary>What parameters there are, in registration order.</summary>
    public ParameterLayout Layout { get; } = new();

    /// <summary>Which network it is.</summary>
    public NetworkSettings Settings => settings;

    /// <param name="settings">Which network.</param>
    /// <param name="inputChannels">Channels of its input.</param>
    /// <param name="outputChannels">Channels of the picture.</param>
    public static Network Create(NetworkSettings settings, int inputChannels, int outputChannels) => settings.Kind == NetworkKind.DeepDecoder
        ? new DeepDecoder(settings, inputChannels, outputChannels)
        : new SkipNetwork(settings, inputChannels, outputChannels);

    /// <summary>The picture, [1,C,H,W], in float32 (float64 where the network computes in it).</summary>
    /// <param name="z">[1,Z,h,w] in the device's memory format, H and W being <see cref="NetworkSettings.InputDivisor"/> times as large.</param>
    /// <param name="pass">The parameters, and what is kept for the backward pass.</param>
    public Tensor Forward(Tensor z, Pass pass)
    {
        using var input = new Features(z.alias()) { HasGradient = false };
        using var features = Describe(input, pass);
        using var last = _output!.Apply(features, pass);
        using var output = last.Get();
        using var wide = output.dtype == bfloat16 ? output.to(float32) : output.alias();
        using var picture = settings.Shuffle > 1 ? F.pixel_shuffle(wide, settings.Shuffle) : wide.alias();
        return settings.Sigmoid ? Squashed(picture) : picture.alias();
    }

    // m = SigmoidMargin: (1 + 2m)·sigmoid − m.
    private Tensor Squashed(Tensor picture)
    {
        if (settings.SigmoidMargin == 0)
        {
            return picture.sigmoid();
        }

        using var squashed = picture.sigmoid();
        using var wider = squashed.mul(1 + (2 * settings.SigmoidMargin));
        return wider.sub(settings.SigmoidMargin);
    }

    /// <summary>All but the last layer, [1,F,H,W].</summary>
    protected abstract Features Describe(Features z, Pass pass);

    /// <summary>Registers the last layer; to be called after the others have registered.</summary>
    /// <param name="features">Channels of <see cref="Describe"/>.</param>
    /// <param name="outputChannels">Channels of the picture.</param>
    protected void RegisterOutput(int features, int outputChannels) =>
        _output = new Convolution(Layout, features, outputChannels * settings.Shuffle * settings.Shuffle, 1, settings.Bias, settings.Padding);
}
