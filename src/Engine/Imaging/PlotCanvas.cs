using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>A white canvas in points, drawn at twice its size and scaled down, which smooths lines and letters.</summary>
internal sealed class PlotCanvas(int width, int height) : IDisposable
{
    private const int Fine = 2;
    private const HersheyFonts Font = HersheyFonts.HersheySimplex;

    private readonly Mat mat = new(height * Fine, width * Fine, MatType.CV_8UC3, Scalar.White);

    public void Line(double x1, double y1, double x2, double y2, Scalar colour, double thickness) =>
        Cv2.Line(mat, At(x1, y1), At(x2, y2), colour, (int)Math.Round(thickness * Fine), LineTypes.AntiAlias);

    public void Polyline(IEnumerable<(double X, double Y)> points, Scalar colour)
    {
        var all = points.Select(point => At(point.X, point.Y)).ToArray();
        if (all.Length == 1)
            Cv2.Circle(mat, all[0], 3 * Fine, colour, -1, LineTypes.AntiAlias);
        else if (all.Length > 1)
            Cv2.Polylines(mat, [all], isClosed: false, colour, 2 * Fine - 1, LineTypes.AntiAlias);
    }

    /// <param name="y">The base line.</param>
    /// <param name="align">0 starts at x, ½ centres on it, 1 ends there.</param>
    /// <returns>Where the text ends.</returns>
    public double Text(string text, double x, double y, double size, Scalar colour, double align)
    {
        var thickness = size > 0.6 ? Fine + 1 : Fine;
        var length = Cv2.GetTextSize(text, Font, size * Fine, thickness, out _).Width / (double)Fine;
        x -= length * align;
        Cv2.PutText(mat, text, At(x, y), Font, size * Fine, colour, thickness, LineTypes.AntiAlias);
        return x + length;
    }

    public byte[] ToPng()
    {
        using var small = new Mat();
        Cv2.Resize(mat, small, new Size(width, height), 0, 0, InterpolationFlags.Area);
        return OpenCv.Encode(".png", small);
    }

    public void Dispose() => mat.Dispose();

    private static Point At(double x, double y) => new((int)Math.Round(x * Fine), (int)Math.Round(y * Fine));
}
