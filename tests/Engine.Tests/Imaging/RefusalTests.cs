using System.Buffers.Binary;
using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

public class RefusalTests
{
    private const long Plenty = 1_000_000;

    [Fact]
    public void Read_NoFile_IsRefused() => AssertRefused(folder => folder.File("none.png"), "does not exist");

    [Fact]
    public void Read_Folder_IsRefused() => AssertRefused(folder => folder.Path, "is a folder");

    [Fact]
    public void Read_EmptyFile_IsRefused() => AssertRefused(folder => folder.File("x.png", []), "is empty (0 bytes)");

    [Fact]
    public void Read_TextNamedPng_IsRefused() =>
        AssertRefused(folder => folder.File("x.png", "This is no picture at all."u8.ToArray()), "is no picture this program reads");

    [Fact]
    public void Read_OneByte_IsRefused() => AssertRefused(folder => folder.File("x.png", [42]), "is no picture this program reads");

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".tif")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    public void Read_CutOffAnywhere_IsRefused(string extension)
    {
        var whole = Samples.Encode(Samples.Noise(48, 40), extension);
        foreach (var share in new[] { 0.05, 0.3, 0.6, 0.9, 0.995 })
            AssertRefused(folder => folder.File("x" + extension, whole[..(int)(whole.Length * share)]), "is cut off or damaged");
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    public void Read_EveryLengthOfAFile_IsReadOrRefused(string extension)
    {
        using var folder = new TemporaryFolder();
        var whole = Samples.Encode(Samples.Noise(9, 8), extension);
        for (var length = 0; length < whole.Length; length++)
            Assert.Throws<RefusedException>(() => PictureReader.Read(folder.File("x", whole[..length]), Plenty));
        Assert.Equal(9, PictureReader.Read(folder.File("x", whole), Plenty).Width);
    }

    [Theory]
    [InlineData(".tif")]
    [InlineData(".webp")]
    [InlineData(".bmp")]
    [InlineData(".jpg")]
    [InlineData(".png")]
    public void Read_AnyByteChanged_IsReadOrRefused(string extension)
    {
        using var folder = new TemporaryFolder();
        var whole = Samples.Encode(Samples.Smooth(24, 20), extension);
        var random = new Random(1);
        for (var attempt = 0; attempt < 300; attempt++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(Math.Min(whole.Length, 400))] = (byte)random.Next(256);
            var path = folder.File("x", damaged);
            if (Record.Exception(() => PictureReader.Read(path, Plenty)) is { } e)
                Assert.IsType<RefusedException>(e);
        }
    }

    [Fact]
    public void Read_PngWithDamagedPixels_IsRefused()
    {
        var bytes = Samples.Encode(Samples.Noise(48, 40), ".png");
        bytes[bytes.Length / 2] ^= 1;

        AssertRefused(folder => folder.File("x.png", bytes), "is cut off or damaged");
    }

    [Fact]
    public void Read_HeaderOfTooManyPixels_IsRefusedBeforeDecoding()
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, 40_000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 40_000);
        (header[8], header[9]) = (8, 2);
        using var file = new MemoryStream();
        file.Write(PngContainer.Signature);
        new PngChunk("IHDR", header).WriteTo(file);
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertRefused(folder => folder.File("huge.png", file.ToArray()), "40000×40000 = 1,600,000,000 pixels", "at most 1,000,000 pixels");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
    }

    [Theory]
    [InlineData(7, 20)]
    [InlineData(20, 7)]
    [InlineData(1, 1)]
    public void Read_SideUnderEight_IsRefused(int width, int height) =>
        AssertRefused(folder => folder.File("x.png", Samples.Encode(Samples.Noise(width, height), ".png")), $"is {width}×{height} pixels small", "8×8");

    [Fact]
    public void Read_EightByEight_IsRead()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(64, PictureReader.Read(folder.File("x.png", Samples.Encode(Samples.Noise(8, 8), ".png")), 64).PixelCount);
    }

    [Fact]
    public void Read_FloatTiff_IsRefused()
    {
        using var mat = new Mat(16, 16, MatType.CV_32FC3, new Scalar(0.5));
        Cv2.ImEncode(".tif", mat, out var bytes);

        AssertRefused(folder => folder.File("x.tif", bytes), "floating-point");
    }

    [Fact]
    public void Read_UnsupportedFormat_IsRefused()
    {
        var gif = "GIF89a"u8.ToArray().Concat(new byte[100]).ToArray();

        AssertRefused(folder => folder.File("x.gif", gif), "is no picture", "a PNG, JPEG, TIFF, WebP or BMP picture would be accepted");
    }

    [Fact]
    public void Read_CmykJpeg_IsRefused()
    {
        var jpeg = Samples.Encode(Samples.Smooth(16, 16), ".jpg");
        jpeg[jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]) + 9] = 4;

        AssertRefused(folder => folder.File("x.jpg", jpeg), "CMYK");
    }

    /// <summary>One sentence that names the file.</summary>
    private static void AssertRefused(Func<TemporaryFolder, string> make, params string[] parts)
    {
        using var folder = new TemporaryFolder();
        var path = make(folder);
        var message = Assert.Throws<RefusedException>(() => PictureReader.Read(path, Plenty)).Message;
        Assert.Contains(path, message);
        Assert.EndsWith("would be accepted.", message);
        Assert.All(parts, part => Assert.Contains(part, message));
    }
}
