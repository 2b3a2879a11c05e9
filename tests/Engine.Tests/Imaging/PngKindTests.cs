using System.Buffers.Binary;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Kinds of PNG that our writer never makes, laid out by hand.</summary>
public class PngKindTests
{
    [Fact]
    public void Read_Palette_IsColour()
    {
        var read = Read(Png(8, 3, Rows(_ => 1), new PngChunk("PLTE", [0, 0, 0, 255, 102, 0])));

        Assert.Equal((3, 8), (read.Channels, read.BitDepth));
        Assert.Equal((1f, 0.4f, 0f), (read.Plane(0)[9], read.Plane(1)[9], read.Plane(2)[9]));
        Assert.Null(read.Alpha);
    }

    [Fact]
    public void Read_PaletteWithTransparency_HasAlpha()
    {
        var read = Read(Png(8, 3, Rows(n => (byte)(n % 2)), new PngChunk("PLTE", [0, 0, 0, 255, 102, 0]), new PngChunk("tRNS", [51])));

        Assert.Equal(3, read.Channels);
        Assert.Equal((0.2f, 1f), (read.Alpha![0], read.Alpha[1]));
    }

    [Fact]
    public void Read_OneBitGray_BecomesEightBitGray()
    {
        byte[] rows = [.. Enumerable.Range(0, 8).SelectMany(_ => new byte[] { 0, 0b10101010 })];

        var read = Read(Png(1, 0, rows));

        Assert.Equal((1, 8), (read.Channels, read.BitDepth));
        Assert.Equal([1f, 0f, 1f, 0f], read.Samples[..4]);
    }

    [Fact]
    public void Read_TransparentGray_HasAlpha()
    {
        var read = Read(Png(8, 0, Rows(n => (byte)(n % 2 * 100)), new PngChunk("tRNS", [0, 100])));

        Assert.Equal(1, read.Channels);
        Assert.Equal([0f, 100 / 255f], read.Samples[..2]);
        Assert.Equal([1f, 0f], read.Alpha![..2]);
    }

    [Fact]
    public void Read_TransparentRgb_HasAlpha()
    {
        byte[] rows = [.. Enumerable.Range(0, 8).SelectMany(_ => Enumerable.Range(0, 25).Select(n => (byte)(n is 1 or 2 or 3 ? 7 : 0)))];

        var read = Read(Png(8, 2, rows, new PngChunk("tRNS", [0, 7, 0, 7, 0, 7])));

        Assert.Equal(3, read.Channels);
        Assert.Equal([0f, 1f], read.Alpha![..2]);
    }

    [Fact]
    public void Read_GammaChunk_LeavesValuesAlone()
    {
        var read = Read(Png(8, 0, Rows(_ => 100), new PngChunk("gAMA", [0, 1, 0x86, 0xA0])));

        Assert.All(read.Samples, value => Assert.Equal(100 / 255f, value));
        Assert.Equal("gAMA", Assert.Single(read.Metadata.PngChunks).Type);
    }

    /// <summary>Compressed data that are cut off, are none, or want a dictionary that no file has.</summary>
    [Theory]
    [InlineData(0x78, 0x9C)]
    [InlineData(0xFF, 0xFF)]
    [InlineData(0x78, 0x20)]
    public void Read_UnreadableProfile_StillGivesThePicture(byte first, byte second)
    {
        var read = Read(Png(8, 0, Rows(_ => 100), new PngChunk("iCCP", [.. "x\0\0"u8, first, second, 1, 2, 3, 4])));

        Assert.Equal(8, read.Width);
        Assert.Null(read.Metadata.IccProfile);
    }

    /// <summary>Eight rows of eight bytes, each after filter byte 0.</summary>
    private static byte[] Rows(Func<int, byte> pixel) =>
        [.. Enumerable.Range(0, 8).SelectMany(y => Enumerable.Range(0, 8).Select(x => pixel(x)).Prepend((byte)0))];

    private static byte[] Png(byte bits, byte colour, byte[] rows, params PngChunk[] chunks)
    {
        using var file = new MemoryStream();
        file.Write(PngContainer.Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, 8);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 8);
        (header[8], header[9]) = (bits, colour);
        PngChunk[] all = [new("IHDR", header), .. chunks, new("IDAT", PngChunk.Deflated(rows)), new("IEND", [])];
        foreach (var chunk in all)
            chunk.WriteTo(file);
        return file.ToArray();
    }

    private static Picture Read(byte[] png)
    {
        using var folder = new TemporaryFolder();
        return PictureReader.Read(folder.File("x.png", png), 1000);
    }
}
