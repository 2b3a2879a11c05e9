using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>An inverse problem of one picture: an energy over pictures of a given size, and what to do with its minimiser.</summary>
public sealed class Problem : IDisposable
{
    /// <summary>E(x; x0). Disposed with the problem.</summary>
    public required LeastSquares Energy { get; init; }

    /// <summary>Height of the restored picture, pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the restored picture, pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Channels of the restored picture.</summary>
    public required int Channels { get; init; }

    /// <summary>
    /// Whether noise in the observation is to be removed: then its σ is estimated where it is not given,
    /// and the discrepancy principle may use it.
    /// </summary>
    public bool ObservationIsNoisy { get; init; }

    /// <summary>
    /// The picture to deliver, from the optimised one, both [1,C,H,W]: inpainting puts the observed pixels back here.
    /// Must not dispose its argument; the default delivers the optimised picture itself.
    /// </summary>
    public Func<torch.Tensor, torch.Tensor> Deliver { get; init; } = x => x.alias();

    /// <summary>A rough first answer, [1,C,H,W], for the network input <c>picture</c>; <see langword="null"/> uses the observation resized. Disposed with the problem.</summary>
    public torch.Tensor? Estimate { get; init; }

    /// <summary>Known pixels, [1,1,H,W] in 0..1, where the task has such a notion: the engine warns of holes too wide. Not owned.</summary>
    public torch.Tensor? Known { get; init; }

    public void Dispose()
    {
        Energy.Dispose();
        Estimate?.Dispose();
    }
}
