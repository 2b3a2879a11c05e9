using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Metrics;

/// <summary>
/// Standard deviation of additive white noise after Chen, Zhu, Heng, "An Efficient Statistical Method for Image Noise Level
/// Estimation" (ICCV 2015): patches of a picture lie near a subspace, so the smallest eigenvalues of their covariance are the noise's
/// variance; eigenvalues are dropped from the top until mean and median of the rest agree. All channels share one σ.
/// </summary>
internal static class NoiseEstimate
{
    private const int LargestSide = 8;
    private const int SmallestSide = 3;

    // Fewer patches for each dimension and the sampled eigenvalues spread so far that the smallest no longer show the noise.
    private const int PatchesPerDimension = 40;

    // More patches change the estimate by less than a percent and only cost time.
    private const int Patches = 100_000;

    /// <param name="picture">[1,C,H,W] in 0..1, at least 8×8.</param>
    /// <param name="known">[1,1,H,W]: only patches whose pixels are all known (1) count; <see langword="null"/> takes all.</param>
    /// <returns>σ in 0..1; <see langword="null"/> where there are too few patches to tell.</returns>
    public static double? Sigma(Tensor picture, Tensor? known = null)
    {
        using var scope = NewDisposeScope();
        var (onCpu, knownOnCpu) = (picture.cpu(), known?.cpu());
        return Sigma((int)picture.shape[3], (int)picture.shape[2], (top, count) => (onCpu.narrow(2, top, count), knownOnCpu?.narrow(2, top, count)));
    }

    /// <summary>As <see cref="Sigma(Tensor, Tensor?)"/>, and to the same result, of a picture that is never held as a whole.</summary>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="rows">Some rows, by the first and their count: picture [1,C,n,W] and known pixels [1,1,n,W]; disposed of here.</param>
    public static double? Sigma(int width, int height, Func<int, int, (Tensor Picture, Tensor? Known)> rows)
    {
        using var _ = no_grad();
        var step = (int)Math.Max(1, Math.Sqrt((double)height * width / Patches));
        for (var side = LargestSide; side >= SmallestSide; side--)
        {
            using var scope = NewDisposeScope();
            if (Covariance(height, side, step, rows) is { } covariance)
            {
                var values = linalg.eigvalsh(covariance).data<double>().ToArray();
                return Math.Sqrt(Math.Max(0, NoiseVariance(values)));
            }
        }

        return null;
    }

    // Of patches, one line of them after the other, so that no more than these are there at once: all of a picture's take a hundred times its memory and more.
    // Null where they are too few.
    private static Tensor? Covariance(int height, int side, int step, Func<int, int, (Tensor Picture, Tensor? Known)> rows)
    {
        // About the middle of the range: nothing that counts is lost in the difference of the two sums.
        const double Pivot = 0.5;
        var (count, sum, products) = (0L, (Tensor?)null, (Tensor?)null);
        for (var top = 0; top + side <= height; top += step)
        {
            using var line = NewDisposeScope();
            var (picture, known) = rows(top, side);
            using (picture)
            using (known)
            {
                var patches = Patched(picture, known, side, step).to(float64) - Pivot;
                count += patches.shape[0];
                sum ??= zeros([patches.shape[1]], float64).MoveToOuterDisposeScope();
                products ??= zeros([patches.shape[1], patches.shape[1]], float64).MoveToOuterDisposeScope();
                sum.add_(patches.sum([0]));
                products.addmm_(patches.t(), patches);
            }
        }

        return sum is null || count < PatchesPerDimension * sum.shape[0] ? null : (products! / count) - (sum / count).outer(sum / count);
    }

    // Eigenvalues ascend. Drops the largest while their mean exceeds the median: what signal is left pulls the mean up.
    private static double NoiseVariance(double[] ascending)
    {
        for (var count = ascending.Length; count > 1; count--)
        {
            var mean = ascending.AsSpan(0, count).ToArray().Average();
            var median = count % 2 == 1 ? ascending[count / 2] : (ascending[(count / 2) - 1] + ascending[count / 2]) / 2;
            if (mean <= median)
            {
                return mean;
            }
        }

        return ascending[0];
    }

    private static Tensor Patched(Tensor picture, Tensor? known, int side, long step)
    {
        var patches = Unfold(picture, side, step);
        return known is null ? patches : patches.index(TensorIndex.Tensor(Unfold(known, side, step).amin([1]) >= 1));
    }

    // [patches, C·side·side]
    private static Tensor Unfold(Tensor x, int side, long step)
    {
        var windows = x[0].unfold(1, side, step).unfold(2, side, step);
        return windows.permute(1, 2, 0, 3, 4).reshape(-1, x.shape[1] * side * side);
    }
}
