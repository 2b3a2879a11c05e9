using static DipPipeline.Draw.Texture;

namespace DipPipeline.Draw;

/// <summary>Fine, anisotropic texture: waves that grow towards the viewer, and the sun's path on them.</summary>
internal static class Sea
{
    public static void Draw(Canvas canvas) => canvas.Polygon(Water, (0, Scene.Horizon), (256, Scene.Horizon), (256, 256), (0, 256));

    private static Colour Water(double x, double y)
    {
        // 0 at the horizon, 1 at the lower edge; waves are as long as their distance makes them, and far longer than high.
        var near = (y - Scene.Horizon) / (256 - Scene.Horizon);
        var length = 7 + (52 * near);
        var depth = Math.Log(0.05 + near);
        var wave = Fractal((x - 128) / length, depth * 26, 21, 4);
        var still = Colour.Ramp(near, (0, new(226, 178, 152)), (0.16, new(150, 144, 160)), (0.5, new(62, 98, 130)), (1, new(24, 58, 88)));
        var water = Colour.Mix(still * 0.74, still * 1.28, Step(0.28, 0.72, wave));

        // The path narrows away from the sun and breaks up towards the viewer.
        var path = Math.Exp(-Math.Pow((x - Scene.Sun.X) / (7 + (26 * near)), 2)) * (1 - (0.35 * near));
        var glint = Step(0.46 + (0.10 * near), 0.58 + (0.08 * near), Fractal((x - 128) / (length * 0.55), depth * 34, 31, 3));
        return Colour.Mix(water, new(255, 222, 150), path * (0.16 + (0.84 * glint)));
    }
}
