using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>High-contrast edges and round shading: the tower, its gallery and its lamp.</summary>
internal static class Lighthouse
{
    private const double Middle = 181, Foot = 148, Top = 52;
    private static readonly Colour Iron = new(48, 46, 58);

    public static void Draw(Canvas canvas)
    {
        Beam(canvas);
        canvas.Polygon(Wall, (Middle - 9.5, Top), (Middle + 9.5, Top), (Middle + 15.5, Foot), (Middle - 15.5, Foot));
        foreach (var y in new[] { 66.0, 92.0, 116.0 })
        {
            canvas.Ellipse((_, _) => new Colour(58, 44, 50), Middle - 2, y, 2.1, 3.1);
            canvas.Ellipse((_, _) => new Colour(250, 206, 120), Middle - 1.7, y + 0.3, 1.4, 2.3);
        }

        canvas.Polygon((x, _) => new Colour(70, 52, 50) * (x % 2 < 0.4 ? 0.7 : 1), (Middle - 4, Foot), (Middle - 4, 137), (Middle - 0.5, 133.5), (Middle + 3, 137), (Middle + 3, Foot));
        Lamp(canvas);
    }

    // The lamp's light in the evening air, to the left and faintly to the right.
    private static void Beam(Canvas canvas) => canvas.Glaze(
        (x, y) =>
        {
            var (along, across) = (Middle - x, Math.Abs(y - 40 + ((Middle - x) * 0.06)));
            var spread = 2.5 + (0.13 * Math.Abs(along));
            return Math.Exp(-Math.Pow(across / spread, 2)) * Math.Exp(-Math.Abs(along) / 90) * (along > 0 ? 0.55 : 0.3);
        },
        new Colour(255, 240, 190));

    private static Colour Wall(double x, double y)
    {
        var radius = 9.5 + (6 * (y - Top) / (Foot - Top));
        var across = (x - Middle) / radius;
        // Bands curve with the tower, seen from below.
        var band = (int)Math.Floor((y - Top + (2.2 * across * across)) / 16);
        var paint = band % 2 == 0 ? new Colour(248, 242, 230) : new Colour(206, 46, 44);
        var weather = 0.93 + (0.12 * Fractal(x / 2.2, y / 7, 110, 4));
        // Lit by the low sun on the left.
        var light = 0.40 + (0.66 * Math.Sqrt(Math.Max(0, 1 - Math.Pow((across + 0.42) / 1.45, 2))));
        return Colour.Mix(new(60, 50, 88), paint * weather, light);
    }

    private static void Lamp(Canvas canvas)
    {
        canvas.Polygon((x, _) => Iron * (1.5 - (0.06 * Math.Abs(x - Middle + 5))), (Middle - 13, 49), (Middle + 13, 49), (Middle + 10, 53.5), (Middle - 10, 53.5));
        canvas.Polygon(Glass, (Middle - 6.5, 33), (Middle + 6.5, 33), (Middle + 6.5, 49), (Middle - 6.5, 49));
        for (var i = -2; i <= 2; i++)
        {
            canvas.Line(Iron, 0.6, (Middle + (i * 3.25), 33), (Middle + (i * 3.25), 49));
        }

        canvas.Line(Iron, 0.6, (Middle - 6.5, 41), (Middle + 6.5, 41));
        for (var i = -5; i <= 5; i++)
        {
            canvas.Line(Iron, 0.4, (Middle + (i * 2.4), 44), (Middle + (i * 2.4), 49));
        }

        canvas.Line(Iron, 0.6, (Middle - 12.5, 44), (Middle + 12.5, 44));
        canvas.Polygon(
            (x, _) => Colour.Mix(new(212, 58, 50), new(96, 22, 40), (x - Middle + 8) / 16),
            [(Middle - 8.5, 33.5), .. Enumerable.Range(0, 17).Select(i => Math.PI * (1 - (i / 16.0))).Select(a => (Middle + (7.6 * Math.Cos(a)), 33 - (9.5 * Math.Sin(a)))), (Middle + 8.5, 33.5)]);
        canvas.Line(Iron, 0.6, (Middle, 25), (Middle, 16));
        canvas.Ellipse((_, _) => new Colour(232, 190, 90), Middle, 23, 1.5, 1.5);
    }

    private static Colour Glass(double x, double y)
    {
        var distance = Math.Sqrt(Math.Pow((x - Middle) / 5.5, 2) + Math.Pow((y - 40.5) / 7, 2));
        return Colour.Mix(new(255, 252, 226), new(230, 160, 74), distance);
    }
}
