using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tiling;

/// <summary>The picture that finished tiles make, in bands of rows: Σ w·tile over the tiles there, where Σ w = 1. Holds one band, and no tile.</summary>
/// <param name="layout">Where the tiles lie.</param>
/// <param name="channels">1 or 3.</param>
/// <param name="bitDepth">Of the bands.</param>
/// <param name="open">Opens a finished tile.</param>
internal sealed class TileBlend(TileLayout layout, int channels, int bitDepth, Func<int, TileFile> open)
{
    /// <summary>Rows of a band; the last may have fewer.</summary>
    public const int BandHeight = 64;

    /// <summary>Bands from the top.</summary>
    public IEnumerable<Picture> Bands()
    {
        var files = new Dictionary<int, TileFile>();
        try
        {
            for (var top = 0; top < layout.Height; top += BandHeight)
            {
                var height = Math.Min(BandHeight, layout.Height - top);
                Keep(files, layout.Down.Within(top, top + height));
                yield return new Picture(layout.Width, height, channels, bitDepth, Blend(files, top, height));
            }
        }
        finally
        {
            foreach (var file in files.Values)
            {
                file.Dispose();
            }
        }
    }

    private float[] Blend(Dictionary<int, TileFile> files, int top, int height)
    {
        var sums = new float[channels * height * layout.Width];
        foreach (var row in layout.Down.Within(top, top + height))
        {
            var (start, side) = (layout.Down.Starts[row], layout.Plan.Height);
            var (from, to) = (Math.Max(top, start), Math.Min(top + height, start + side));
            var samples = new ushort[(to - from) * layout.Plan.Width];
            for (var column = 0; column < layout.Across.Count; column++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    files[layout.Number(column, row)].Read(channel, from - start, samples);
                    for (var y = from; y < to; y++)
                    {
                        Add(
                            samples.AsSpan((y - from) * layout.Plan.Width, layout.Plan.Width),
                            layout.Across.WeightsOf(column),
                            layout.Down.WeightsOf(row)[y - start] / ushort.MaxValue,
                            sums.AsSpan((((channel * height) + (y - top)) * layout.Width) + layout.Across.Starts[column], layout.Plan.Width));
                    }
                }
            }
        }

        return sums;
    }

    private static void Add(ReadOnlySpan<ushort> samples, ReadOnlySpan<float> weights, float weight, Span<float> sums)
    {
        for (var x = 0; x < samples.Length; x++)
        {
            sums[x] += weight * weights[x] * samples[x];
        }
    }

    private void Keep(Dictionary<int, TileFile> files, IEnumerable<int> rows)
    {
        var wanted = rows.SelectMany(row => Enumerable.Range(0, layout.Across.Count).Select(column => layout.Number(column, row))).ToHashSet();
        foreach (var done in files.Keys.Where(n => !wanted.Contains(n)).ToArray())
        {
            files[done].Dispose();
            files.Remove(done);
        }

        foreach (var tile in wanted.Where(n => !files.ContainsKey(n)))
        {
            files[tile] = open(tile);
        }
    }
}
