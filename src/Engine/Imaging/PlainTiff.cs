using System.Buffers.Binary;
using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// Gray and RGB TIFF of 8 or 16 bits in a compression of bytes, read strictly. OpenCV would pass damaged and missing data as pixels,
/// refuse small tiles, and lose the alpha beside gray.
/// </summary>
internal static class PlainTiff
{
    private const uint SeparatePlanes = 2, WhiteIsZero = 0, Rgb = 2, Differences = 2;

    /// <summary>What keeps a TIFF from being read here, and what would be; null where nothing does.</summary>
    public static (string What, string Accepted)? Obstacle(TiffDirectory directory)
    {
        var bits = directory.Numbers(TiffTag.BitsPerSample);
        if (bits is not [8 or 16, ..] || bits.Any(other => other != bits[0]))
            return ($"of {string.Join(" and ", bits.DefaultIfEmpty(1u).Distinct())} bits a sample", "8 or 16 bits would be accepted");
        var photometric = directory.Number(TiffTag.Photometric, 1);
        if (photometric > Rgb)
            return ($"of photometric interpretation {photometric}", "gray or RGB would be accepted");
        var compression = directory.Number(TiffTag.Compression, TiffData.Uncompressed);
        if (!TiffData.Knows(compression))
            return ($"in compression {compression}", "LZW, Deflate, PackBits or none would be accepted");
        if (Predictor(directory) is not (1 or Differences) and var predictor)
            return ($"with predictor {predictor}", "predictor 1 or 2 would be accepted");
        if (directory.Number(TiffTag.FillOrder, 1) != 1)
            return ("whose bits stand in reverse", "fill order 1 would be accepted");
        var samples = directory.Number(TiffTag.SamplesPerPixel, 1);
        if (samples < Colours(photometric) || samples > byte.MaxValue)
            return ($"of {samples:N0} samples a pixel", $"{Colours(photometric)} to {byte.MaxValue} would be accepted");
        // OpenCV takes what lies between the offsets.
        if (directory.Find(TiffTag.TileOffsets) is null && directory.Find(TiffTag.StripByteCounts) is null)
            return ("without the lengths of its strips", "one with them would be accepted");
        return null;
    }

    /// <summary>Gray or BGR, with alpha where there is one sample more. The caller disposes it.</summary>
    /// <exception cref="Contracts.RefusedException">The file is cut off or damaged.</exception>
    public static Mat Decode(FileBytes file, byte[] bytes)
    {
        var directory = TiffDirectory.First(file) ?? throw file.CutOff();
        var (width, height) = ((int)directory.Number(TiffTag.Width, 0), (int)directory.Number(TiffTag.Height, 0));
        var depth = (int)directory.Number(TiffTag.BitsPerSample, 8);
        var samples = (int)directory.Number(TiffTag.SamplesPerPixel, 1);
        var photometric = directory.Number(TiffTag.Photometric, 1);
        var colours = Colours(photometric);
        var channels = samples == colours + 1 ? samples : colours;
        var sideBySide = directory.Number(TiffTag.Planes, 1) == SeparatePlanes ? 1 : samples;
        var pieces = new TiffPieces(file, directory, samples / sideBySide, sideBySide * depth / 8);
        var step = Predictor(directory) == Differences ? sideBySide : 0;
        var inverted = photometric == WhiteIsZero ? (1 << depth) - 1 : 0;

        using var wide = new Mat(height, width, MatType.CV_16UC(channels));
        var row = new ushort[pieces.Width * sideBySide];
        for (var n = 0; n < pieces.Count; n++)
        {
            var (plane, left, top) = pieces.Place(n);
            if (plane >= channels)
                break;
            var data = pieces.Unpack(n, bytes);
            for (var y = 0; y < Math.Min(pieces.Height, height - top); y++)
            {
                ReadRow(data.AsSpan(y * row.Length * (depth / 8)), depth, directory.IsBigEndian, step, row);
                var target = Row(wide, top + y)[(left * channels)..];
                for (var sample = 0; sample < Math.Min(sideBySide, channels); sample++)
                {
                    var channel = plane + sample;
                    var (to, mask) = (channel < colours ? colours - 1 - channel : channel, channel == 0 ? inverted : 0);
                    for (var x = 0; x < Math.Min(pieces.Width, width - left); x++)
                        target[x * channels + to] = (ushort)(row[x * sideBySide + sample] ^ mask);
                }
            }
        }

        var mat = new Mat();
        wide.ConvertTo(mat, depth == 8 ? MatType.CV_8UC(channels) : MatType.CV_16UC(channels));
        return mat;
    }

    // A whole picture may have more samples than a span; a row has not.
    private static unsafe Span<ushort> Row(Mat mat, int y) => new((void*)mat.Ptr(y), mat.Cols * mat.Channels());

    /// <summary>Samples of a row; with predictor 2 each is stored as the difference to that of the pixel before, <paramref name="step"/> samples back.</summary>
    private static void ReadRow(ReadOnlySpan<byte> data, int depth, bool bigEndian, int step, Span<ushort> row)
    {
        for (var n = 0; n < row.Length; n++)
        {
            var value = depth == 8 ? data[n]
                : bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(data[(n * 2)..]) : BinaryPrimitives.ReadUInt16LittleEndian(data[(n * 2)..]);
            var before = step > 0 && n >= step ? row[n - step] : 0;
            row[n] = (ushort)((value + before) & (depth == 8 ? byte.MaxValue : ushort.MaxValue));
        }
    }

    private static int Colours(uint photometric) => photometric == Rgb ? 3 : 1;

    private static uint Predictor(TiffDirectory directory) =>
        directory.Number(TiffTag.Compression, TiffData.Uncompressed) is TiffData.Uncompressed or TiffData.PackBits
            ? 1 : directory.Number(TiffTag.Predictor, 1);
}
