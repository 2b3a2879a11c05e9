using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>
/// E(x; x0) = ‖w ⊙ (A x − x0)‖² / ‖w‖² — the weighted mean of squared residuals over observed values, so that at the truth
/// E = σ², the variance of the noise, whatever the task. With a normalised energy a learning rate means the same everywhere.
/// x is [1,C,H,W] in 0..1; the result is a scalar tensor, differentiable in x.
/// </summary>
public sealed class LeastSquares : IDisposable
{
    private readonly ForwardOperator _forward;
    private readonly torch.Tensor _observed;
    private readonly torch.Tensor? _weights;
    private readonly torch.Tensor? _normaliser;

    /// <param name="forward">A; disposed with the energy.</param>
    /// <param name="observed">x0, [1,C,h,w]; not owned.</param>
    /// <param name="weights">w in 0..1, broadcastable to x0; <see langword="null"/> weighs all alike; not owned.</param>
    public LeastSquares(ForwardOperator forward, torch.Tensor observed, torch.Tensor? weights = null)
    {
        _forward = forward;
        _observed = observed;
        _weights = weights;
        if (weights is not null)
        {
            using var squares = weights * weights;
            using var all = squares.expand_as(observed);
            using var sum = all.sum();
            _normaliser = sum.reciprocal().DetachFromDisposeScope();
        }
    }

    /// <summary>A, for adjointness tests and baselines.</summary>
    public ForwardOperator Forward => _forward;

    /// <summary>E(x; x0), a scalar.</summary>
    public torch.Tensor Evaluate(torch.Tensor x)
    {
        using var residual = _forward.Apply(x) - _observed;
        if (_weights is null || _normaliser is null)
        {
            using var squares = residual * residual;
            return squares.mean();
        }

        using var weighted = residual * _weights;
        using var weightedSquares = weighted * weighted;
        using var sum = weightedSquares.sum();
        return sum * _normaliser;
    }

    /// <summary>The mean of squared residuals where <paramref name="judged"/> is 1, weighed as ever; a scalar.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="judged">0 or 1, broadcastable to x0.</param>
    public torch.Tensor Evaluate(torch.Tensor x, torch.Tensor judged)
    {
        using var weights = _weights is null ? judged.alias() : judged * _weights;
        using var all = weights.expand_as(_observed);
        using var energy = all.square().sum();
        using var least = energy.clamp_min(1);
        using var residual = (_forward.Apply(x) - _observed) * weights;
        using var squares = residual.square();
        using var sum = squares.sum();
        return sum / least;
    }

    public void Dispose()
    {
        _forward.Dispose();
        _normaliser?.Dispose();
    }
}
