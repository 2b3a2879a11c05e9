namespace DipPipeline.Plugins.Tests;

/// <summary>What the tests' pictures show.</summary>
internal static class Scenes
{
    /// <summary>Waves of another phase in each channel, planar, with or without normal noise.</summary>
    public static float[] Waves(int width, int height, int channels, double noise = 0)
    {
        var random = new Random(7);
        return [.. from c in Enumerable.Range(0, channels) from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width)
            select (float)Math.Clamp(0.5 + (0.3 * Math.Sin((x * 0.2) + c) * Math.Cos(y * 0.15)) + (noise * Normal(random)), 0, 1)];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
