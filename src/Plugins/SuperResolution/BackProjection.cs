using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.Plugins.SuperResolution;

/// <summary>
/// x ← x + s² Aᵀ(x0 − A x): steps towards the nearest picture that, reduced by A, is the observation (iterative back-projection: Irani,
/// Peleg, CVGIP 1991). Aᵀ spreads a small pixel over s² large ones by weights that sum to 1, whence the s². What the network has not yet
/// fitted is put back; noise in x0 is as well.
/// </summary>
/// <param name="a">A; not owned.</param>
/// <param name="observed">x0, [1,C,h,w]; not owned.</param>
/// <param name="factor">s.</param>
/// <param name="steps">How many; 0 leaves x as it is.</param>
internal sealed class BackProjection(ForwardOperator a, torch.Tensor observed, int factor, int steps)
{
    /// <param name="x">[1,C,s·h,s·w].</param>
    public torch.Tensor Apply(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var projected = x.alias();
        for (var step = 0; step < steps; step++)
        {
            projected += factor * factor * a.Adjoint(observed - a.Apply(projected));
        }

        return projected.MoveToOuterDisposeScope();
    }
}
