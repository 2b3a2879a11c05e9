using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>A x = x ⊙ m: pixel-wise weights; its own adjoint. The mask, [1,1,H,W] in 0..1, is not owned.</summary>
public sealed class Mask(torch.Tensor m) : ForwardOperator
{
    /// <inheritdoc/>
    public override torch.Tensor Apply(torch.Tensor x) => x * m;

    /// <inheritdoc/>
    public override torch.Tensor Adjoint(torch.Tensor y) => y * m;
}
