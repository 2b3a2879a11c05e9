using TorchSharp;

namespace DipPipeline.Engine.Optimisation;

/// <summary>Whether a device is there and computes.</summary>
public static class DeviceProbe
{
    /// <param name="requested"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:0</c>.</param>
    /// <returns><c>cpu</c> or <c>cuda:0</c>.</returns>
    /// <exception cref="Contracts.RefusedException">Not a device's name, or the device is absent.</exception>
    public static string Resolve(string requested)
    {
        Backends.Prepare();
        return Devices.Resolve(requested);
    }

    /// <summary>All that a request may use: every CUDA device for <c>auto</c> and <c>cuda</c>, where there is one; else the one of <see cref="Resolve"/>.</summary>
    /// <exception cref="Contracts.RefusedException">Not a device's name, or the device is absent.</exception>
    public static IReadOnlyList<string> ResolveAll(string requested)
    {
        var first = Resolve(requested);
        return All(requested, first, first == "cpu" ? 0 : torch.cuda.device_count());
    }

    /// <param name="requested">As of <see cref="ResolveAll"/>.</param>
    /// <param name="first">The one of <see cref="Resolve"/>.</param>
    /// <param name="count">CUDA devices that there are.</param>
    internal static IReadOnlyList<string> All(string requested, string first, int count) =>
        requested is "auto" or "cuda" && first != "cpu" ? [.. Enumerable.Range(0, count).Select(n => $"cuda:{n}")] : [first];

    /// <summary>Convolves a small tensor and compares the sum: false where the device computes wrongly. Throws whatever libtorch throws.</summary>
    public static bool Computes(string device)
    {
        Backends.Prepare();
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var x = torch.ones(1, 2, 8, 8, device: torch.device(device));
        var filter = torch.ones(2, 2, 3, 3, device: torch.device(device));
        // 6×6 positions of two channels, each the sum of 2·3·3 ones.
        return torch.nn.functional.conv2d(x, filter).sum().item<float>() == 2 * 36 * 18;
    }
}
