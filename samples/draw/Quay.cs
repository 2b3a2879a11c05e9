using OpenCvSharp;
using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Wood grain and lettering: planks, posts with a rope, and the harbour's sign.</summary>
internal static class Quay
{
    private static readonly Colour Dark = new(44, 30, 30);

    public static void Draw(Canvas canvas)
    {
        canvas.Polygon(Planks, (0, 232), (150, 236), (190, 256), (0, 256));
        canvas.Polygon((x, y) => Grain(x, y, 3) * 0.62, (0, 231), (150, 235), (151, 238.5), (0, 234.5));
        Post(canvas, 22, 190, 252, 3.4);
        Post(canvas, 84, 190, 254, 3.4);
        Post(canvas, 134, 218, 256, 4.2);
        Rope(canvas, (86, 226), (132, 223), 9);
        Sign(canvas);
    }

    private static void Sign(Canvas canvas)
    {
        canvas.Polygon((_, _) => Dark, (9.5, 185.5), (98.5, 184.5), (99.5, 225), (10, 226));
        canvas.Polygon((x, y) => Grain(x, y, 9) * 0.62 + new Colour(8, 30, 44), (11, 187), (97, 186), (98, 223.5), (11.5, 224.5));
        canvas.Text(new Colour(252, 240, 208), "DIP", HersheyFonts.HersheyTriplex, 54, 200.5, 0.74, 1.1);
        canvas.Text(new Colour(250, 196, 92), "harbour light", HersheyFonts.HersheyDuplex, 54.5, 217, 0.315, 0.5);
        foreach (var (x, y) in new[] { (15.0, 191.0), (93.5, 190.0), (94.0, 219.5), (15.5, 220.5) })
        {
            canvas.Ellipse((_, _) => new Colour(204, 196, 190), x, y, 1.1, 1.1);
        }
    }

    private static void Post(Canvas canvas, double x, double top, double foot, double radius)
    {
        Colour Shade(double u, double v) => Grain(v * 0.6, u * 2.2, 5) * (1.1 - (0.55 * Math.Pow((u - x + (radius * 0.35)) / radius, 2)));
        canvas.Polygon(Shade, (x - radius, top), (x + radius, top), (x + radius, foot), (x - radius, foot));
        canvas.Ellipse((u, v) => Colour.Mix(new(206, 170, 130), new(150, 112, 84), Fractal(u, v, 120, 2)), x, top, radius, radius * 0.42);
    }

    private static void Rope(Canvas canvas, (double X, double Y) from, (double X, double Y) to, double sag)
    {
        var points = Enumerable.Range(0, 41).Select(i => i / 40.0).Select(t => (X: from.X + (t * (to.X - from.X)), Y: from.Y + (t * (to.Y - from.Y)) + (4 * sag * t * (1 - t)))).ToArray();
        canvas.Line(new Colour(78, 58, 44), 2.2, [.. points]);
        canvas.Line(new Colour(214, 184, 134), 1.5, [.. points]);
        foreach (var (x, y) in points)
        {
            canvas.Line(new Colour(120, 92, 62), 0.4, (x - 0.5, y + 0.8), (x + 0.5, y - 0.8));
        }
    }

    private static Colour Planks(double x, double y)
    {
        // Boards run away from the viewer.
        var along = (x - 60) / (1 + ((y - 232) * 0.018)) / 13;
        var board = (int)Math.Floor(along);
        var inBoard = along - board;
        var wood = Grain(y * 0.9, inBoard * 9, 20 + board) * (0.85 + (0.3 * Cell(board, 0, 130)));
        return inBoard < 0.05 ? Dark : wood;
    }

    private static Colour Grain(double along, double across, int seed)
    {
        var ring = Fractal(along / 16, across / 1.7, 140 + seed, 4);
        return Colour.Mix(new(92, 62, 48), new(196, 150, 108), Step(0.22, 0.78, ring));
    }
}
