using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Smooth shading: sky, sun, clouds; two chains of hills; gulls.</summary>
internal static class Sky
{
    public static void Draw(Canvas canvas)
    {
        canvas.Fill(Air);
        canvas.Glaze((x, y) => Step(0.53, 0.74, Cloud(x, y)) * 0.85 * Step(150, 110, y), new Colour(250, 214, 190));
        canvas.Glaze((x, y) => Step(0.56, 0.80, Cloud(x + 3, y - 4)) * 0.55 * Step(150, 110, y), new Colour(150, 128, 158));
        canvas.Ellipse((_, _) => new Colour(255, 244, 206), Scene.Sun.X, Scene.Sun.Y, 9, 9);
        Hills(canvas, seed: 40, rise: 30, reach: 46, (_, y) => Colour.Mix(new(122, 116, 152), new(212, 160, 140), Step(118, 152, y)));
        Hills(canvas, seed: 60, rise: 15, reach: 22, (x, y) => Colour.Mix(new(70, 84, 92), new(118, 112, 106), (0.5 * Step(132, 152, y)) + (0.9 * (Fractal(x / 3, y / 2, 61, 3) - 0.3))));
        foreach (var (x, y, size) in new[] { (112.0, 54.0, 6.0), (126.0, 63.0, 4.5), (100.0, 68.0, 3.5), (40.0, 46.0, 4.0) })
        {
            Gull(canvas, x, y, size);
        }
    }

    private static Colour Air(double x, double y)
    {
        var clear = Colour.Ramp(y, (0, new(44, 78, 138)), (60, new(104, 142, 190)), (115, new(222, 190, 176)), (152, new(255, 190, 118)));
        var distance = Math.Sqrt(Math.Pow(x - Scene.Sun.X, 2) + Math.Pow((y - Scene.Sun.Y) * 1.3, 2));
        return Colour.Mix(clear, new(255, 226, 158), 0.95 * Math.Exp(-distance / 34));
    }

    private static double Cloud(double x, double y) => Fractal(x / 46, y / 15, 11, 5);

    private static void Hills(Canvas canvas, int seed, double rise, double reach, Func<double, double, Colour> shade)
    {
        var crest = Enumerable.Range(0, 129).Select(i => (i * 2.0, Scene.Horizon + 4 - (rise * Fractal(i * 2 / reach, 0.5, seed, 5)) - (rise * 0.25)));
        canvas.Polygon(shade, [(0, Scene.Horizon), .. crest, (256, Scene.Horizon)]);
    }

    private static void Gull(Canvas canvas, double x, double y, double size)
    {
        var wing = Enumerable.Range(-8, 17).Select(i => i / 8.0).Select(t => (x + (size * t), y - (size * 0.55 * Math.Sin(Math.PI * Math.Abs(t)) * (1 - (0.35 * Math.Abs(t)))) + (size * 0.12 * t)));
        canvas.Line(new Colour(52, 58, 84), 0.8, [.. wing]);
    }
}
