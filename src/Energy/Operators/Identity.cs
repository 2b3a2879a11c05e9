using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>A x = x.</summary>
public sealed class Identity : ForwardOperator
{
    /// <inheritdoc/>
    public override torch.Tensor Apply(torch.Tensor x) => x.alias();

    /// <inheritdoc/>
    public override torch.Tensor Adjoint(torch.Tensor y) => y.alias();
}
