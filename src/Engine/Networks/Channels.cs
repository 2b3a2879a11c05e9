using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>The channels of features that come in parts.</summary>
internal static class Channels
{
    /// <summary>
    /// Both parts' channels, the first's first. The gradient of each part is a view into that of the whole, which channels-last has gaps after each pixel: of such
    /// a one libtorch's doubling and non-linearities take three to five times as long on a CPU (measured: bench/README.md). The gradient of a quotient has none, and dividing by 1 changes nothing.
    /// </summary>
    /// <param name="first">[1,a,H,W].</param>
    /// <param name="second">[1,b,H,W].</param>
    /// <returns>[1,a+b,H,W].</returns>
    public static Tensor Join(Tensor first, Tensor second)
    {
        if (first.device.type != DeviceType.CPU || !MemoryFormat.IsChannelsLast(first.device))
        {
            return cat([first, second], 1);
        }

        using var ofFirst = first.div(1);
        using var ofSecond = second.div(1);
        return cat([ofFirst, ofSecond], 1);
    }
}
