using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Regular texture: brick wall, tiled roof; lit windows.</summary>
internal static class House
{
    private const double Left = 207, Right = 247, Eaves = 118, Foot = 145;

    public static void Draw(Canvas canvas)
    {
        canvas.Polygon(Brick, (233, 98), (239, 98), (239, 112), (233, 112));
        canvas.Polygon((_, _) => new Colour(92, 70, 66), (232, 96.5), (240, 96.5), (240, 99), (232, 99));
        canvas.Polygon(Brick, (Left, Eaves - 1), (Right, Eaves - 1), (Right, Foot), (Left, Foot));
        canvas.Polygon(Tile, (Left - 3.5, Eaves + 1), (Left + 5, 102), (Right - 5, 102), (Right + 3.5, Eaves + 1));
        canvas.Line(new Colour(66, 40, 40), 1, (Left - 3.5, Eaves + 1.2), (Right + 3.5, Eaves + 1.2));
        Window(canvas, 213, 124);
        Window(canvas, 234, 124);
        canvas.Polygon((x, _) => new Colour(38, 84, 92) * (x % 2.2 < 0.4 ? 0.7 : 1), (224.5, 126), (231, 126), (231, Foot), (224.5, Foot));
        canvas.Ellipse((_, _) => new Colour(240, 200, 96), 229.6, 136, 0.6, 0.6);
    }

    private static Colour Brick(double x, double y)
    {
        const double Height = 2.6, Length = 5.6;
        var row = (int)Math.Floor(y / Height);
        var along = (x / Length) + (row % 2 * 0.5);
        var (column, inX, inY) = ((int)Math.Floor(along), along - Math.Floor(along), (y / Height) - row);
        var mortar = inX < 0.09 || inY < 0.2;
        var brick = Colour.Mix(new(138, 58, 46), new(204, 112, 82), Cell(column, row, 101)) * (0.92 + (0.16 * Fractal(x, y, 102, 2)));
        return (mortar ? new Colour(206, 186, 166) : brick) * (1.08 - (0.22 * (x - Left) / (Right - Left)));
    }

    private static Colour Tile(double x, double y)
    {
        var row = Math.Floor((y - 102) / 2.8);
        var along = (x / 3.2) + (row % 2 * 0.5);
        var round = Math.Abs(along - Math.Floor(along) - 0.5) * 2;
        var tile = Colour.Mix(new(96, 72, 84), new(140, 104, 108), Cell((int)Math.Floor(along), (int)row, 105));
        return tile * (1.15 - (0.35 * round * round)) * (((y - 102) / 2.8) - row < 0.22 ? 0.66 : 1);
    }

    private static void Window(Canvas canvas, double x, double y)
    {
        canvas.Polygon((_, _) => new Colour(240, 232, 216), (x - 1, y - 1), (x + 8, y - 1), (x + 8, y + 11), (x - 1, y + 11));
        canvas.Polygon((_, v) => Colour.Mix(new(255, 224, 130), new(246, 168, 70), (v - y) / 10), (x, y), (x + 7, y), (x + 7, y + 10), (x, y + 10));
        canvas.Line(new Colour(240, 232, 216), 0.7, (x + 3.5, y), (x + 3.5, y + 10));
        canvas.Line(new Colour(240, 232, 216), 0.7, (x, y + 4.5), (x + 7, y + 4.5));
    }
}
