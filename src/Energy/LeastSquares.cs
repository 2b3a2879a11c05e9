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
            _normaliser = Normaliser(weights).DetachFromDisposeScope();
        }
    }

    /// <summary>A, for adjointness tests and baselines.</summary>
    public ForwardOperator Forward => _forward;

    /// <summary>E(x; x0), a scalar.</summary>
    public torch.Tensor Evaluate(torch.Tensor x) => Mean(Residual(x), null, _weights, _normaliser);

    /// <summary>The residual's correlation with other values: Σ w² ⊙ (A x − x0) ⊙ n / ‖w‖², a scalar, differentiable in x.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="other">n, of x0's shape.</param>
    public torch.Tensor Correlation(torch.Tensor x, torch.Tensor other) => Mean(Residual(x), other, _weights, _normaliser);

    /// <summary>E over a part of the observation: the weighted mean of squared residuals where <paramref name="judged"/> is 1; a scalar.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="judged">0 or 1, broadcastable to x0; where it is 0 everywhere, so is the result.</param>
    public torch.Tensor Evaluate(torch.Tensor x, torch.Tensor judged) => OverAPart(x, null, judged);

    /// <summary>The residual's correlation with other values over a part of the observation, as for <see cref="Evaluate(torch.Tensor, torch.Tensor)"/>.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="other">n, of x0's shape.</param>
    /// <param name="judged">0 or 1, broadcastable to x0.</param>
    public torch.Tensor Correlation(torch.Tensor x, torch.Tensor other, torch.Tensor judged) => OverAPart(x, other, judged);

    private torch.Tensor OverAPart(torch.Tensor x, torch.Tensor? other, torch.Tensor judged)
    {
        using var weights = _weights is null ? judged.alias() : judged * _weights;
        using var reciprocal = Normaliser(weights);
        // Finite, where nothing is judged: 0, and not 0 times infinity.
        using var normaliser = reciprocal.clamp_max(1e30);
        return Mean(Residual(x), other, weights, normaliser);
    }

    private torch.Tensor Residual(torch.Tensor x)
    {
        using var seen = _forward.Apply(x);
        return seen - _observed;
    }

    // The weighted mean of products with another tensor, or of squares. The residual is taken over.
    private static torch.Tensor Mean(torch.Tensor residual, torch.Tensor? other, torch.Tensor? weights, torch.Tensor? normaliser)
    {
        using (residual)
        {
            if (weights is null || normaliser is null)
            {
                using var products = residual * (other ?? residual);
                return products.mean();
            }

            using var weighted = residual * weights;
            using var others = other is null ? weighted.alias() : other * weights;
            using var weightedProducts = weighted * others;
            using var sum = weightedProducts.sum();
            return sum * normaliser;
        }
    }

    // 1 / ‖w‖² over all values of x0.
    private torch.Tensor Normaliser(torch.Tensor weights)
    {
        using var squares = weights * weights;
        using var all = squares.expand_as(_observed);
        using var sum = all.sum();
        return sum.reciprocal();
    }

    public void Dispose()
    {
        _forward.Dispose();
        _normaliser?.Dispose();
    }
}
