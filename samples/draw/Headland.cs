using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Rock below, grass above.</summary>
internal static class Headland
{
    /// <summary>The ground's height.</summary>
    public static double Ground(double x) => 158 - (17 * Step(150, 190, x)) - (3 * Math.Sin((x - 150) / 17)) + (2.5 * (Fractal(x / 7, 0, 80, 3) - 0.5));

    public static void Draw(Canvas canvas)
    {
        var top = Enumerable.Range(0, 59).Select(i => 140 + (i * 2.0)).Select(x => (x, Ground(x) + (x < 152 ? (152 - x) * 0.9 : 0)));
        var foot = Enumerable.Range(0, 59).Select(i => 256 - (i * 2.0)).Select(x => (x, 184 + (8 * Fractal(x / 9, 3, 84, 4)) - (8 * Step(170, 136, x))));
        // The swell's foam at the foot.
        canvas.Line(new Colour(226, 222, 222), 1.6, [.. foot.Where(p => p.Item2 < 200).Select(p => (p.Item1, p.Item2 + 0.4 + (1.1 * Smooth(p.Item1 / 3, 0, 88))))]);
        canvas.Polygon(Rock, [.. top, (256, 184), .. foot]);
        Grass(canvas);
    }

    private static Colour Rock(double x, double y)
    {
        // Layers that dip to the right, broken into blocks that face the light differently.
        var bent = y - (x * 0.22) + (5 * Fractal(x / 20, y / 20, 90, 3));
        var layer = (int)Math.Floor(bent / 5.5);
        var block = (x / (7 + (6 * Cell(layer, 1, 86)))) + Cell(layer, 2, 86) + (0.6 * Fractal(x / 6, y / 6, 91, 3));
        var (inLayer, inBlock) = ((bent / 5.5) - layer, block - Math.Floor(block));
        var face = Cell((int)Math.Floor(block), layer, 87);
        var grain = Fractal(x / 2.4, y / 1.6, 85, 4);
        var rock = Colour.Mix(new(92, 74, 74), new(202, 162, 132), (0.55 * face) + (0.6 * grain) - 0.12);
        var edge = Math.Min(Step(0, 0.20, inLayer), Step(0, 0.12, inBlock));
        var lit = 1.14 - (0.38 * Step(150, 188, y)) - (0.18 * Step(150, 250, x)) + (0.10 * (1 - inLayer));
        return Colour.Mix(new(58, 46, 54), rock * lit, 0.35 + (0.65 * edge));
    }

    private static void Grass(Canvas canvas)
    {
        var generator = new Generator(7);
        canvas.Polygon(
            (x, y) => Colour.Mix(new(58, 84, 40), new(140, 148, 66), Fractal(x / 2.5, y / 2.5, 95, 3)),
            [.. Enumerable.Range(0, 53).Select(i => 152 + (i * 2.0)).Select(x => (x, Ground(x) - 1.5)),
             .. Enumerable.Range(0, 53).Select(i => 256 - (i * 2.0)).Select(x => (x, Ground(x) + 4 + (5 * Fractal(x / 5, 0, 97, 3))))]);
        for (var i = 0; i < 420; i++)
        {
            var x = generator.Between(152, 256);
            var y = Ground(x) + generator.Between(0, 6);
            var lean = generator.Between(-1.2, 1.6);
            canvas.Line(Colour.Mix(new(62, 92, 40), new(186, 186, 92), generator.Uniform()), 0.3, (x, y), (x + lean, y - generator.Between(1.5, 4)));
        }
    }
}
