using OpenCvSharp;
using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Clear edges and small lettering: a sailing boat and what the water mirrors of it.</summary>
internal static class Boat
{
    public static void Draw(Canvas canvas)
    {
        for (var i = 0; i < 13; i++)
        {
            var (y, sway) = (171 + (i * 1.7), 2.5 * (Cell(i, 0, 70) - 0.5));
            var reach = (15 - (i * 0.95)) * (0.75 + (0.5 * Cell(i, 1, 70)));
            canvas.Line(Colour.Mix(new(60, 52, 66), new(206, 176, 160), i / 7.0), 0.9, (112 + sway - reach, y), (112 + sway + reach, y));
        }

        canvas.Polygon(Sail(112, 1), (112, 114), (112, 160), (136, 160), (124, 136));
        canvas.Polygon(Sail(96, -1), (110, 118), (110, 160), (93, 160));
        canvas.Line(new Colour(74, 50, 42), 0.9, (111, 109), (111, 164));
        canvas.Polygon((_, _) => new Colour(200, 50, 44), (111.4, 109), (111.4, 113.5), (119, 111.2));
        canvas.Polygon(
            (_, y) => y < 164.6 ? new Colour(238, 232, 220) : Colour.Mix(new(36, 68, 112), new(18, 34, 62), (y - 164) / 8),
            (90, 162.5), (139, 161.5), (133, 170.5), (97, 170.5));
        canvas.Text(new Colour(40, 62, 104), "26", HersheyFonts.HersheyDuplex, 119.5, 151, 0.32, 0.5);
    }

    private static Func<double, double, Colour> Sail(double from, int side) => (x, y) =>
    {
        var belly = Math.Abs(x - from) / 24;
        var cloth = Colour.Mix(new(255, 250, 238), new(206, 190, 188), side > 0 ? belly : 1 - belly);
        return cloth * (Math.Abs((y % 9) - 4.5) < 0.35 ? 0.90 : 1);
    };
}
