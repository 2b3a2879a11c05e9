using System.Globalization;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Tests.Tiling;

namespace DipPipeline.Bench;

/// <summary>Pictures too large for memory, and the seams of what was made of them.</summary>
internal static class Scan
{
    private const int BandHeight = 64;

    /// <summary>
    /// Repeats a sample over a picture of 3:2: each copy mirrored by its place, brighter or darker, with normal noise of σ = 25 of 255.
    /// Written band by band.
    /// </summary>
    public static int Make(string samplePath, double megapixels, string output)
    {
        var sample = PictureReader.Read(samplePath, long.MaxValue);
        var height = (int)Math.Round(Math.Sqrt(megapixels * 1e6 / 1.5));
        var width = (int)Math.Round(megapixels * 1e6 / height);
        using var file = File.Create(output);
        PngEncoder.Encode(file, new PngKind(width, height, sample.Channels, false, 8, PictureMetadata.None), Bands());
        Console.WriteLine($"{output}: {width}×{height}");
        return 0;

        IEnumerable<Picture> Bands()
        {
            var random = new Random(1);
            for (var top = 0; top < height; top += BandHeight)
            {
                var rows = Math.Min(BandHeight, height - top);
                var samples = new float[sample.Channels * rows * width];
                for (var n = 0; n < samples.Length; n++)
                {
                    var (channel, y, x) = (n / (rows * width), top + (n / width % rows), n % width);
                    var (column, row) = (x / sample.Width, y / sample.Height);
                    var (u, v) = (Mirrored(x, sample.Width, column), Mirrored(y, sample.Height, row));
                    var gain = 0.7 + (0.3 * ((((column * 7) + (row * 13)) % 10) / 10.0));
                    var noise = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    samples[n] = (float)((gain * sample.Plane(channel)[(v * sample.Width) + u]) + (25 / 255.0 * noise));
                }

                yield return new Picture(width, rows, sample.Channels, 8, samples);
            }
        }
    }

    /// <summary>The ratio of steps across the edges of overlaps to steps beside them, of a result that was made in tiles.</summary>
    /// <param name="path">The result, with its metrics beside it.</param>
    /// <param name="cleanPath">The clean picture: then of the difference, in which the picture's own contours are not.</param>
    public static int Measure(string path, string? cleanPath)
    {
        var metrics = RestorationMetrics.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json")));
        var plan = metrics.Tiles ?? throw new ArgumentException($"'{path}' was not restored in tiles.");
        var picture = PictureReader.Read(path, long.MaxValue);
        if (cleanPath is not null)
        {
            var clean = PictureReader.Read(cleanPath, long.MaxValue);
            picture = new Picture(picture.Width, picture.Height, picture.Channels, 8, [.. picture.Samples.Zip(clean.Samples, (a, b) => a - b)]);
        }

        var ratio = Seams.Ratio(picture, plan, metrics.Output.Width / metrics.Input.Width);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {plan.Count} tiles of {plan.Width}×{plan.Height}, overlap {plan.Overlap}, seam ratio {ratio:0.0000}"));
        return 0;
    }

    private static int Mirrored(int at, int length, int copy) => copy % 2 == 0 ? at % length : length - 1 - (at % length);
}
