using OpenCvSharp;

namespace DipPipeline.Draw;

/// <summary>What happened to the scene.</summary>
internal static class Degradation
{
    private static readonly Colour Ink = new(214, 28, 72);

    /// <summary>Independent Gaussian noise of standard deviation <paramref name="sigma"/> (0..255) on every channel, clipped.</summary>
    public static Picture AddNoise(Picture clean, double sigma, ulong seed)
    {
        var generator = new Generator(seed);
        var noisy = new Picture(clean.Width, clean.Height);
        for (var y = 0; y < clean.Height; y++)
        {
            for (var x = 0; x < clean.Width; x++)
            {
                var (r, g, b) = (generator.Normal(), generator.Normal(), generator.Normal());
                noisy[x, y] = clean[x, y] + (new Colour(r, g, b) * sigma);
            }
        }

        return noisy;
    }

    /// <summary>
    /// Lettering over the whole picture, and its mask: black where a letter is, white where the picture is kept. Letters are not
    /// antialiased, so that no trace of the picture is left below them and none of them outside the mask.
    /// </summary>
    public static (Picture Lettered, Picture Mask) Letter(Picture clean)
    {
        using var letters = new Mat(clean.Height, clean.Width, MatType.CV_8UC1, Scalar.Black);
        string[] lines = ["no training data, one picture,", "an untrained network: what it", "learns first is the picture and", "what it learns last is the noise."];
        for (var i = 0; i * 20 < clean.Height; i++)
        {
            // Twice, a pixel apart: strokes of two pixels, which OpenCV has no thickness for.
            foreach (var x in new[] { 4, 5 })
            {
                Cv2.PutText(letters, lines[i % lines.Length], new Point(x, 16 + (i * 20)), HersheyFonts.HersheySimplex, 0.5, Scalar.White, 1, LineTypes.Link8);
            }
        }

        var (lettered, mask) = (new Picture(clean.Width, clean.Height), new Picture(clean.Width, clean.Height));
        var ink = letters.AsRows<byte>();
        for (var y = 0; y < clean.Height; y++)
        {
            for (var x = 0; x < clean.Width; x++)
            {
                var hidden = ink[y][x] != 0;
                lettered[x, y] = hidden ? Ink : clean[x, y];
                mask[x, y] = hidden ? default : new Colour(255, 255, 255);
            }
        }

        return (lettered, mask);
    }
}
