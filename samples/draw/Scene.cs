namespace DipPipeline.Draw;

/// <summary>A harbour in the evening: back to front.</summary>
internal static class Scene
{
    /// <summary>Where sea and sky meet.</summary>
    public const double Horizon = 152;

    /// <summary>The sun's middle.</summary>
    public static readonly (double X, double Y) Sun = (70, 133);

    public static Picture Draw()
    {
        var canvas = new Canvas();
        Sky.Draw(canvas);
        Sea.Draw(canvas);
        Boat.Draw(canvas);
        Headland.Draw(canvas);
        House.Draw(canvas);
        Lighthouse.Draw(canvas);
        Quay.Draw(canvas);
        Bush.Draw(canvas);
        return canvas.Finish();
    }
}
