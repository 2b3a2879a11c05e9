namespace DipPipeline.Engine.Metrics;

/// <summary>
/// SSIM = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)), averaged over the places where the window lies
/// within the picture; Gaussian window 11×11, σ = 1.5, C1 = (0.01·255)², C2 = (0.03·255)².
/// Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, IEEE Trans. Image Processing 13(4), 2004.
/// </summary>
internal static class Ssim
{
    /// <summary>Side of the window.</summary>
    internal const int Window = 11;

    private const double Sigma = 1.5, C1 = 0.01 * 255 * (0.01 * 255), C2 = 0.03 * 255 * (0.03 * 255);

    /// <param name="x">[H,W], 0..255.</param>
    /// <param name="y">[H,W], 0..255.</param>
    /// <remarks>Where a side is shorter than the window, the window is cut to that side.</remarks>
    public static double Of(double[] x, double[] y, int width, int height)
    {
        var meanX = Smooth(x, width, height);
        var meanY = Smooth(y, width, height);
        var squareX = Smooth(Product(x, x), width, height);
        var squareY = Smooth(Product(y, y), width, height);
        var cross = Smooth(Product(x, y), width, height);

        double sum = 0;
        for (var n = 0; n < meanX.Length; n++)
        {
            var (mx, my) = (meanX[n], meanY[n]);
            var (varianceX, varianceY, covariance) = (squareX[n] - mx * mx, squareY[n] - my * my, cross[n] - mx * my);
            sum += (2 * mx * my + C1) * (2 * covariance + C2) / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
        }

        return sum / meanX.Length;
    }

    /// <summary>Separable Gaussian, valid places only.</summary>
    private static double[] Smooth(double[] plane, int width, int height)
    {
        var (across, down) = (Taps(Math.Min(Window, width)), Taps(Math.Min(Window, height)));
        var (newWidth, newHeight) = (width - across.Length + 1, height - down.Length + 1);
        var rows = new double[newWidth * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < newWidth; x++)
            {
                double sum = 0;
                for (var k = 0; k < across.Length; k++)
                    sum += across[k] * plane[y * width + x + k];
                rows[y * newWidth + x] = sum;
            }
        }

        var smooth = new double[newWidth * newHeight];
        for (var y = 0; y < newHeight; y++)
        {
            for (var k = 0; k < down.Length; k++)
            {
                for (var x = 0; x < newWidth; x++)
                    smooth[y * newWidth + x] += down[k] * rows[(y + k) * newWidth + x];
            }
        }

        return smooth;
    }

    private static double[] Taps(int length)
    {
        var taps = new double[length];
        for (var k = 0; k < length; k++)
            taps[k] = Math.Exp(-Math.Pow(k - (length - 1) / 2.0, 2) / (2 * Sigma * Sigma));
        var sum = taps.Sum();
        return Array.ConvertAll(taps, tap => tap / sum);
    }

    private static double[] Product(double[] a, double[] b)
    {
        var product = new double[a.Length];
        for (var n = 0; n < a.Length; n++)
            product[n] = a[n] * b[n];
        return product;
    }
}
