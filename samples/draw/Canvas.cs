using OpenCvSharp;

namespace DipPipeline.Draw;

/// <summary>
/// A square picture drawn at four times its side and averaged down. Coordinates are pixels of the finished picture,
/// y downwards; shapes are antialiased masks through which a shading function, (x, y) → colour, is painted.
/// </summary>
internal sealed class Canvas
{
    public const int Side = 256;
    private const int Oversampling = 4;
    private const int FractionBits = 4;
    private const int Fine = Side * Oversampling;

    private readonly Colour[] _pixels = new Colour[Fine * Fine];

    public void Fill(Func<double, double, Colour> shade) => Blend((_, _) => 1, shade);

    /// <summary>Mixes a colour over the whole picture by a weight that varies with the place.</summary>
    public void Glaze(Func<double, double, double> weight, Colour colour) => Blend(weight, (_, _) => colour);

    public void Polygon(Func<double, double, Colour> shade, params IReadOnlyList<(double X, double Y)> corners) =>
        Paint(mask => Cv2.FillPoly(mask, [corners.Select(Fixed)], Scalar.White, LineTypes.AntiAlias, FractionBits), shade);

    public void Ellipse(Func<double, double, Colour> shade, double x, double y, double radiusX, double radiusY, double degrees = 0) =>
        Paint(mask => Cv2.FillPoly(mask, [Outline(x, y, radiusX, radiusY, degrees).Select(Fixed)], Scalar.White, LineTypes.AntiAlias, FractionBits), shade);

    public void Line(Colour colour, double width, params IReadOnlyList<(double X, double Y)> points) =>
        Paint(
            mask => Cv2.Polylines(mask, [points.Select(Fixed)], false, Scalar.White, Math.Max(1, (int)Math.Round(width * Oversampling)), LineTypes.AntiAlias, FractionBits),
            (_, _) => colour);

    /// <summary>Hershey lettering around the middle of a given point.</summary>
    public void Text(Colour colour, string text, HersheyFonts font, double x, double y, double scale, double width)
    {
        var thickness = Math.Max(1, (int)Math.Round(width * Oversampling));
        var size = Cv2.GetTextSize(text, font, scale * Oversampling, thickness, out _);
        var origin = new Point((int)Math.Round((x * Oversampling) - (size.Width / 2.0)), (int)Math.Round((y * Oversampling) + (size.Height / 2.0)));
        Paint(mask => Cv2.PutText(mask, text, origin, font, scale * Oversampling, Scalar.White, thickness, LineTypes.AntiAlias), (_, _) => colour);
    }

    /// <summary>The finished picture, 8 bits, RGB.</summary>
    public Picture Finish()
    {
        var picture = new Picture(Side, Side);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var sum = default(Colour);
                for (var row = 0; row < Oversampling; row++)
                {
                    for (var column = 0; column < Oversampling; column++)
                    {
                        sum += _pixels[(((y * Oversampling) + row) * Fine) + (x * Oversampling) + column];
                    }
                }

                picture[x, y] = sum * (1.0 / (Oversampling * Oversampling));
            }
        }

        return picture;
    }

    private static IEnumerable<(double X, double Y)> Outline(double x, double y, double radiusX, double radiusY, double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return Enumerable.Range(0, 48).Select(i =>
        {
            var (v, u) = Math.SinCos(i * 2 * Math.PI / 48);
            return (x + (radiusX * u * cos) - (radiusY * v * sin), y + (radiusX * u * sin) + (radiusY * v * cos));
        });
    }

    // OpenCV puts coordinates in the middle of pixels.
    private static Point Fixed((double X, double Y) point) => new(
        (int)Math.Round(((point.X * Oversampling) - 0.5) * (1 << FractionBits)),
        (int)Math.Round(((point.Y * Oversampling) - 0.5) * (1 << FractionBits)));

    private void Paint(Action<Mat> draw, Func<double, double, Colour> shade)
    {
        using var mask = new Mat(Fine, Fine, MatType.CV_8UC1, Scalar.Black);
        draw(mask);
        var box = Cv2.BoundingRect(mask);
        mask.GetArray(out byte[] weights);
        Blend((x, y) => weights[((int)(y * Oversampling) * Fine) + (int)(x * Oversampling)] / 255.0, shade, box.Left, box.Top, box.Right, box.Bottom);
    }

    private void Blend(Func<double, double, double> weight, Func<double, double, Colour> shade, int left = 0, int top = 0, int right = Fine, int bottom = Fine)
    {
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                var (x, y) = ((column + 0.5) / Oversampling, (row + 0.5) / Oversampling);
                var alpha = weight(x, y);
                if (alpha > 0)
                {
                    ref var pixel = ref _pixels[(row * Fine) + column];
                    pixel = Colour.Mix(pixel, shade(x, y), alpha);
                }
            }
        }
    }
}
