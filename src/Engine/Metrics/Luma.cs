using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Metrics;

/// <summary>BT.601 luma of a picture; gray counts as R = G = B.</summary>
internal static class Luma
{
    /// <summary>
    /// Y = 16 + 65.481 R + 128.553 G + 24.966 B for RGB in 0..1: studio range 16..235, as MATLAB's rgb2ycbcr gives it and the
    /// literature on super-resolution reports it.
    /// </summary>
    public static double[] StudioRange(Picture picture)
    {
        var r = picture.Plane(0);
        var g = picture.Plane(picture.Channels / 2);
        var b = picture.Plane(picture.Channels - 1);
        var luma = new double[picture.PixelCount];
        for (var n = 0; n < luma.Length; n++)
            luma[n] = 16 + 65.481 * r[n] + 128.553 * g[n] + 24.966 * b[n];
        return luma;
    }

    /// <summary>Y = 0.299 R + 0.587 G + 0.114 B, in 0..1.</summary>
    public static float[] FullRange(Picture picture)
    {
        var r = picture.Plane(0);
        var g = picture.Plane(picture.Channels / 2);
        var b = picture.Plane(picture.Channels - 1);
        var luma = new float[picture.PixelCount];
        for (var n = 0; n < luma.Length; n++)
            luma[n] = (float)Math.Min(1, 0.299 * r[n] + 0.587 * g[n] + 0.114 * b[n]);
        return luma;
    }
}
