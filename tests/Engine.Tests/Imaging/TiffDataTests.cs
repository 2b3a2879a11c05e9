using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Data compressed by libtiff, through OpenCV: long enough that LZW's table fills up and is cleared.</summary>
public class TiffDataTests
{
    private const ImwriteFlags Predictor = (ImwriteFlags)TiffTag.Predictor, RowsPerStrip = (ImwriteFlags)TiffTag.RowsPerStrip;

    [Theory]
    [InlineData(TiffData.Lzw)]
    [InlineData(TiffData.OldDeflate)]
    [InlineData(TiffData.PackBits)]
    public void TryUnpack_DataOfAnotherLibrary_GivesTheRows(uint compression)
    {
        var picture = Samples.Smooth(300, 240, channels: 1);
        var (data, rows) = Strip(picture, compression);
        byte[] expected = [.. picture.Samples.Take(rows * picture.Width).Select(value => (byte)MathF.Round(value * 255))];
        var target = new byte[expected.Length];

        Assert.True(TiffData.TryUnpack(compression, data, target));
        Assert.Equal(expected, target);
        Assert.All(
            (int[])[0, 1, data.Length / 2, data.Length * 9 / 10],
            length => Assert.False(TiffData.TryUnpack(compression, data.AsSpan(0, length), new byte[expected.Length])));
    }

    [Theory]
    [InlineData(TiffData.Lzw)]
    [InlineData(TiffData.Deflate)]
    [InlineData(TiffData.PackBits)]
    public void TryUnpack_Noise_EndsInTrueOrFalse(uint compression)
    {
        var random = new Random(7);
        for (var attempt = 0; attempt < 500; attempt++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            if (noise.Length > 2 && attempt % 2 == 0)
                (noise[0], noise[1]) = compression == TiffData.Lzw ? ((byte)128, (byte)(noise[1] & 127)) : ((byte)0x78, (byte)0x9C);
            TiffData.TryUnpack(compression, noise, new byte[random.Next(1000)]);
        }
    }

    private static (byte[] Data, int Rows) Strip(Picture picture, uint compression)
    {
        var tiff = Samples.Encode(
            picture, ".tif", new ImageEncodingParam(ImwriteFlags.TiffCompression, (int)compression),
            new ImageEncodingParam(Predictor, 1), new ImageEncodingParam(RowsPerStrip, picture.Height));
        var directory = TiffDirectory.First(new FileBytes("x", new MemoryStream(tiff)))!;
        Assert.Equal(compression, directory.Number(TiffTag.Compression, 1));
        Assert.Equal(1u, directory.Number(TiffTag.Predictor, 1));
        var (at, length) = (directory.Numbers(TiffTag.StripOffsets)[0], directory.Numbers(TiffTag.StripByteCounts)[0]);
        return (tiff[(int)at..(int)(at + length)], (int)directory.Number(TiffTag.RowsPerStrip, 0));
    }
}
