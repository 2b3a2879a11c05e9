using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// The deep decoder (Heckel, Hand, ICLR 2019): from a small random input, at each scale a 1×1 convolution, doubling, the non-linearity and
/// a batch norm. It has no encoder, and in its own form fewer parameters than the picture has values, so that it cannot fit noise well.
/// Channels are <see cref="NetworkSettings.Up"/>, finest first; encoder and skip settings have no effect.
/// </summary>
internal sealed class DeepDecoder : Network
{
    private readonly (Convolution Mix, Normalisation Normalisation)[] _scales;

    public DeepDecoder(NetworkSettings settings, int inputChannels, int outputChannels)
        : base(settings)
    {
        _scales = new (Convolution, Normalisation)[settings.Scales];
        var channels = inputChannels;
        for (var i = settings.Scales - 1; i >= 0; i--)
        {
            // The batch norm comes after the doubling and the non-linearity, so a bias would have an effect.
            _scales[i] = (new Convolution(Layout, channels, settings.Up[i], 1, settings.Bias, settings.Padding), new Normalisation(Layout, settings.Up[i]));
            channels = settings.Up[i];
        }

        RegisterOutput(channels, outputChannels);
    }

    protected override Features Describe(Features z, Pass pass)
    {
        var x = z;
        for (var i = _scales.Length - 1; i >= 0; i--)
        {
            var scale = _scales[i];
            using var coarse = x;
            using var mixed = scale.Mix.Apply(coarse, pass);
            x = pass.Derive(() =>
            {
                using var values = mixed.Get();
                using var doubled = Resampling.Double(values, Settings.Upsampling);
                using var active = F.relu(doubled);
                return scale.Normalisation.Apply(active, pass);
            });
        }

        return x;
    }
}
