using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>
/// A linear forward operator A: what the camera, the scanner or time did to the picture. Differentiable; keeps its constants on
/// one device. Inputs and outputs are [1,C,H,W], and no call disposes its argument.
/// </summary>
public abstract class ForwardOperator : IDisposable
{
    /// <summary>A x.</summary>
    public abstract torch.Tensor Apply(torch.Tensor x);

    /// <summary>Aᵀ y, so that ⟨A x, y⟩ = ⟨x, Aᵀ y⟩.</summary>
    public abstract torch.Tensor Adjoint(torch.Tensor y);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
