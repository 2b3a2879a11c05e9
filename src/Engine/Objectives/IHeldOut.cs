using static TorchSharp.torch;

namespace DipPipeline.Engine.Objectives;

/// <summary>
/// An objective that keeps some pixels out of what it judges. Of an averaged output, the error there to the unknown clean picture is, up
/// to a constant, estimated by <see cref="Residual"/> of it plus the like average of <see cref="CovariancePenalty"/>.
/// </summary>
internal interface IHeldOut
{
    /// <summary>E over the held-out pixels, a scalar.</summary>
    Tensor Residual(Tensor average);

    /// <summary>By how much one output comes too near to x0 there because it was shown it, a scalar: twice the noise's covariance, estimated by the noise that was added.</summary>
    /// <param name="x">The output.</param>
    /// <param name="average">The average of earlier outputs.</param>
    Tensor CovariancePenalty(Tensor x, Tensor average);
}
