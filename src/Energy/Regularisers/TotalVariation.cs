using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>
/// Total variation, summed over the picture (Rudin, Osher, Fatemi 1992):
/// isotropic R(x) = Σ (|∂ₕx|² + |∂ᵥx|²)^β, with β = 0.5 total variation proper; anisotropic R(x) = Σ |∂ₕx| + |∂ᵥx|.
/// x is [1,C,H,W]; the result is a scalar tensor. Isotropic sums leave out the last row and column, where one difference is missing.
/// </summary>
public static class TotalVariation
{
    // Keeps the gradient finite where the picture is flat; its root, 1e-6, is far below one 16-bit step.
    private const double Floor = 1e-12;

    public static torch.Tensor Isotropic(torch.Tensor x, double beta = 0.5)
    {
        var (height, width) = Size(x);
        using var horizontal = Difference(x, 3, height - 1, width);
        using var vertical = Difference(x, 2, height, width - 1);
        using var h2 = horizontal * horizontal;
        using var v2 = vertical * vertical;
        using var magnitude = h2 + v2;
        using var floored = magnitude + Floor;
        using var power = floored.pow(beta);
        return power.sum();
    }

    public static torch.Tensor Anisotropic(torch.Tensor x)
    {
        var (height, width) = Size(x);
        using var horizontal = Difference(x, 3, height, width);
        using var vertical = Difference(x, 2, height, width);
        using var h = horizontal.abs();
        using var v = vertical.abs();
        using var hSum = h.sum();
        using var vSum = v.sum();
        return hSum + vSum;
    }

    private static (long Height, long Width) Size(torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return (x.shape[2], x.shape[3]);
    }

    // x[i+1] − x[i] along one dimension, of the top-left rows × columns.
    private static torch.Tensor Difference(torch.Tensor x, int dimension, long rows, long columns)
    {
        using var narrowRows = x.narrow(2, 0, rows);
        using var part = narrowRows.narrow(3, 0, columns);
        var length = part.shape[dimension] - 1;
        using var later = part.narrow(dimension, 1, length);
        using var earlier = part.narrow(dimension, 0, length);
        return later - earlier;
    }
}
