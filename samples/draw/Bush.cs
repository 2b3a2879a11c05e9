namespace DipPipeline.Draw;

/// <summary>Irregular texture: leaves upon leaves, and a few flowers.</summary>
internal static class Bush
{
    public static void Draw(Canvas canvas)
    {
        var generator = new Generator(5);
        canvas.Polygon((_, _) => new Colour(22, 38, 30), (162, 256), (178, 226), (204, 210), (232, 200), (256, 194), (256, 256));
        for (var i = 0; i < 900; i++)
        {
            // From the back, dark, to the front, lit.
            var depth = i / 900.0;
            var x = 158 + (98 * Math.Sqrt(generator.Uniform()));
            var crown = 252 - (62 * Math.Sin(Math.Clamp((x - 152) / 104, 0, 1) * Math.PI / 2));
            var y = crown + ((258 - crown) * generator.Uniform() * (0.35 + (0.65 * depth))) - generator.Between(0, 4);
            var height = Math.Clamp((y - crown) / (262 - crown), 0, 1);
            var leaf = Colour.Mix(new(28, 54, 34), new(150, 176, 74), (depth * generator.Between(0.35, 1)) - (0.35 * height));
            Leaf(canvas, x, y, generator.Between(2.2, 4.4), generator.Between(0, 360), leaf);
        }

        for (var i = 0; i < 13; i++)
        {
            var x = generator.Between(180, 252);
            var crown = 252 - (62 * Math.Sin((x - 152) / 104 * Math.PI / 2));
            Flower(canvas, x, generator.Between(crown + 4, 250), generator.Between(1.5, 2.3), generator.Between(0, 72));
        }
    }

    private static void Leaf(Canvas canvas, double x, double y, double length, double degrees, Colour colour)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        // Lit on one side of the vein.
        canvas.Ellipse((u, v) => ((u - x) * sin) - ((v - y) * cos) > 0 ? colour * 1.12 : colour * 0.86, x, y, length, length * 0.42, degrees);
    }

    private static void Flower(Canvas canvas, double x, double y, double size, double degrees)
    {
        for (var petal = 0; petal < 5; petal++)
        {
            var (sin, cos) = Math.SinCos((degrees + (petal * 72)) * Math.PI / 180);
            canvas.Ellipse((_, _) => new Colour(244, 196, 214) * (0.88 + (0.03 * petal)), x + (cos * size), y + (sin * size), size, size * 0.7, degrees + (petal * 72));
        }

        canvas.Ellipse((_, _) => new Colour(250, 206, 84), x, y, size * 0.55, size * 0.55);
    }
}
