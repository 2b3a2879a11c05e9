using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Kinds of TIFF, laid out by hand: uncompressed, one strip, 8×8 pixels.</summary>
public class TiffKindTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Gray16_KeepsValuesInEitherByteOrder(bool bigEndian)
    {
        byte[] pixels = [.. Enumerable.Range(0, 64).SelectMany(n => Bytes(n * 1000, 2, bigEndian))];

        var read = Read(Tiff(1, [16], pixels, bigEndian: bigEndian));

        Assert.Equal((1, 16), (read.Channels, read.BitDepth));
        Assert.Equal([.. Enumerable.Range(0, 64).Select(n => n * 1000 / 65535f)], read.Samples);
    }

    [Fact]
    public void Read_WhiteIsZero_IsInverted() => Assert.Equal(155 / 255f, Read(Tiff(0, [8], Filled(100))).Samples[0]);

    [Fact]
    public void Read_OneBit_BecomesEightBitGray()
    {
        var read = Read(Tiff(1, [1], [.. Enumerable.Repeat((byte)0b10100000, 8)]));

        Assert.Equal((1, 8), (read.Channels, read.BitDepth));
        Assert.Equal([1f, 0f, 1f, 0f], read.Samples[..4]);
    }

    [Fact]
    public void Read_Palette_IsColour()
    {
        var map = new byte[3 * 256 * 2];
        (map[2 * 5 + 1], map[512 + 2 * 5 + 1]) = (255, 102);
        (map[2 * 5], map[512 + 2 * 5]) = (255, 102);

        var read = Read(Tiff(3, [8], Filled(5), new ExifField(320, 3, 768, map)));

        Assert.Equal(3, read.Channels);
        Assert.Equal((1f, 0.4f, 0f), (read.Plane(0)[0], read.Plane(1)[0], read.Plane(2)[0]));
    }

    [Fact]
    public void Read_UnassociatedAlpha_KeepsColourAndAlpha()
    {
        var read = Read(Tiff(2, [8, 8, 8, 8], Filled(200, 100, 50, 51), new ExifField(338, 3, 1, [2, 0])));

        Assert.Equal((200 / 255f, 100 / 255f, 50 / 255f), (read.Plane(0)[0], read.Plane(1)[0], read.Plane(2)[0]));
        Assert.Equal(0.2f, read.Alpha![0]);
    }

    [Fact]
    public void Read_AssociatedAlpha_IsDivided()
    {
        var read = Read(Tiff(2, [8, 8, 8, 8], Filled(40, 20, 10, 51), new ExifField(338, 3, 1, [1, 0])));

        Assert.Equal(200 / 255f, read.Plane(0)[0], 1e-5f);
        Assert.Equal(0.2f, read.Alpha![0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_SixteenBitAlpha_IsDividedWhereItWasMultiplied(byte kind)
    {
        byte[] pixel = [0, 40, 0, 20, 0, 10, 51, 51];

        var read = Read(Tiff(2, [16, 16, 16, 16], Filled(pixel), new ExifField(338, 3, 1, [kind, 0])));

        Assert.Equal(0.2f, read.Alpha![0], 1e-5f);
        Assert.Equal(40 * 256 / 65535f * (kind == 1 ? 5 : 1), read.Plane(0)[0], 1e-5f);
    }

    [Fact]
    public void Read_PaletteWithAlpha_IsRefused() => Assert.Contains(
        "palette TIFF with alpha",
        Assert.Throws<RefusedException>(() => Read(Tiff(3, [8, 8], Filled(100, 51), new ExifField(338, 3, 1, [2, 0])))).Message);

    [Fact]
    public void Read_SeparatePlanes_IsColour()
    {
        byte[] pixels = [.. Filled(200)[..64], .. Filled(100)[..64], .. Filled(50)[..64]];

        var read = Read(Tiff(2, [8, 8, 8], pixels, new ExifField(284, 3, 1, [2, 0])));

        Assert.Equal((200 / 255f, 50 / 255f), (read.Plane(0)[9], read.Plane(2)[9]));
    }

    [Theory]
    [InlineData(5, 8, "photometric interpretation 5")]
    [InlineData(1, 12, "12 bits")]
    [InlineData(1, 32, "32 bits")]
    public void Read_OtherKinds_AreRefused(int photometric, int bits, string reason) =>
        Assert.Contains(reason, Assert.Throws<RefusedException>(() => Read(Tiff(photometric, [bits], new byte[256]))).Message);

    [Fact]
    public void Read_BigTiff_IsRefused() =>
        Assert.Contains("BigTIFF", Assert.Throws<RefusedException>(() => Read([.. "II"u8, 43, 0, 8, 0, .. new byte[100]])).Message);

    private static byte[] Filled(params byte[] pixel) => [.. Enumerable.Repeat(pixel, 64).SelectMany(p => p)];

    private static byte[] Bytes(int value, int length, bool bigEndian)
    {
        var bytes = BitConverter.GetBytes(value)[..length];
        return bigEndian ? [.. bytes.Reverse()] : bytes;
    }

    private static byte[] Tiff(int photometric, int[] bits, byte[] pixels, ExifField? extra = null, bool bigEndian = false)
    {
        ExifField Short(ushort tag, params int[] values) =>
            new(tag, 3, (uint)values.Length, [.. values.SelectMany(value => Bytes(value, 2, bigEndian))]);
        ExifField Longs(ushort tag, params int[] values) =>
            new(tag, 4, (uint)values.Length, [.. values.SelectMany(value => Bytes(value, 4, bigEndian))]);
        var strips = extra is { Tag: 284 } ? bits.Length : 1;
        byte[] Lay(int start) => ExifBuilder.Build(
            bigEndian,
            [
                Short(256, 8), Short(257, 8), Short(258, bits), Short(259, 1), Short(262, photometric),
                Longs(273, [.. Enumerable.Range(0, strips).Select(n => start + n * pixels.Length / strips)]),
                Short(277, bits.Length), Short(278, 8),
                Longs(279, [.. Enumerable.Repeat(pixels.Length / strips, strips)]), .. extra is null ? [] : new[] { extra },
            ],
            [], []);
        return [.. Lay(Lay(0).Length), .. pixels];
    }

    private static Picture Read(byte[] tiff)
    {
        using var folder = new TemporaryFolder();
        return PictureReader.Read(folder.File("x.tif", tiff), 1000);
    }
}
