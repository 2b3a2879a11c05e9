using System.Buffers.Binary;
using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>Gray TIFF with alpha, or with other samples beside gray: OpenCV would lose the alpha, and round or mix the gray.</summary>
internal static class GrayAlphaTiff
{
    private const uint SeparatePlanes = 2, WhiteIsZero = 0, Differences = 2;

    /// <summary>Refuses on the header what is not read here.</summary>
    public static void Check(FileBytes file, TiffDirectory directory)
    {
        var bits = directory.Numbers(TiffTag.BitsPerSample);
        if (bits is not [8 or 16, ..] || bits.Any(other => other != bits[0]))
        {
            var depths = string.Join(" and ", bits.DefaultIfEmpty(1u).Distinct());
            throw file.Refused($"is a gray TIFF with alpha of {depths} bits a sample", "8 or 16 bits would be accepted");
        }

        var compression = directory.Number(TiffTag.Compression, TiffData.Uncompressed);
        if (!TiffData.Knows(compression))
            throw file.Refused($"is a gray TIFF with alpha in compression {compression}", "LZW, Deflate, PackBits or none would be accepted");
        if (Predictor(directory) is not (1 or Differences) and var predictor)
            throw file.Refused($"is a gray TIFF with alpha and predictor {predictor}", "predictor 1 or 2 would be accepted");
        if (directory.Number(TiffTag.FillOrder, 1) != 1)
            throw file.Refused("is a gray TIFF with alpha whose bits stand in reverse", "fill order 1 would be accepted");
        if (directory.Number(TiffTag.SamplesPerPixel, 1) is > byte.MaxValue and var samples)
            throw file.Refused($"is a gray TIFF of {samples:N0} samples a pixel", $"at most {byte.MaxValue} would be accepted");
    }

    /// <summary>Gray, or gray and alpha where there are two samples. The caller disposes it.</summary>
    /// <exception cref="Contracts.RefusedException">The file is cut off or damaged.</exception>
    public static Mat Decode(FileBytes file, byte[] bytes)
    {
        var directory = TiffDirectory.First(file) ?? throw file.CutOff();
        var (width, height) = ((int)directory.Number(TiffTag.Width, 0), (int)directory.Number(TiffTag.Height, 0));
        var samples = (int)directory.Number(TiffTag.SamplesPerPixel, 1);
        var depth = (int)directory.Number(TiffTag.BitsPerSample, 8);
        var sideBySide = directory.Number(TiffTag.Planes, 1) == SeparatePlanes ? 1 : samples;
        var pieces = new TiffPieces(file, directory, samples / sideBySide, sideBySide * depth / 8);
        var step = Predictor(directory) == Differences ? sideBySide : 0;
        var inverted = directory.Number(TiffTag.Photometric, 1) == WhiteIsZero ? (1 << depth) - 1 : 0;

        var channels = samples == 2 ? 2 : 1;
        var values = new ushort[width * height * channels];
        for (var n = 0; n < pieces.Count; n++)
        {
            var (plane, left, top) = pieces.Place(n);
            if (plane >= channels)
                break;
            var data = pieces.Unpack(n, bytes);
            var row = new ushort[pieces.Width * sideBySide];
            for (var y = 0; y < Math.Min(pieces.Height, height - top); y++)
            {
                ReadRow(data.AsSpan(y * row.Length * (depth / 8)), depth, directory.IsBigEndian, step, row);
                for (var x = 0; x < Math.Min(pieces.Width, width - left); x++)
                {
                    var (from, to) = (x * sideBySide, ((top + y) * width + left + x) * channels + plane);
                    values[to] = (ushort)(plane == 0 ? row[from] ^ inverted : row[from]);
                    if (sideBySide == 2)
                        values[to + 1] = row[from + 1];
                }
            }
        }

        using var wide = Mat.FromPixelData(height, width, MatType.CV_16UC(channels), values);
        var mat = new Mat();
        wide.ConvertTo(mat, depth == 8 ? MatType.CV_8UC(channels) : MatType.CV_16UC(channels));
        return mat;
    }

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

    private static uint Predictor(TiffDirectory directory) =>
        directory.Number(TiffTag.Compression, TiffData.Uncompressed) is TiffData.Uncompressed or TiffData.PackBits
            ? 1 : directory.Number(TiffTag.Predictor, 1);
}
