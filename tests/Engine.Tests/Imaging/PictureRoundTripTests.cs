using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

public class PictureRoundTripTests
{
    public static TheoryData<int, int, bool> Kinds => new()
    {
        { 1, 8, false }, { 1, 8, true }, { 3, 8, false }, { 3, 8, true },
        { 1, 16, false }, { 1, 16, true }, { 3, 16, false }, { 3, 16, true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WritePng_AnyKind_ReadsBackBitForBit(int channels, int bitDepth, bool alpha)
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Noise(37, 21, channels, bitDepth, alpha);

        PictureWriter.WritePng(picture, folder.File("x.png"));
        var read = PictureReader.Read(folder.File("x.png"), 1_000_000);

        AssertSame(picture, read);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WritePng_AnyKind_IsReadAlikeByOpenCv(int channels, int bitDepth, bool alpha)
    {
        if (channels == 1 && alpha)
            return; // OpenCV expands gray with alpha; the test above covers it
        using var folder = new TemporaryFolder();
        var picture = Samples.Noise(19, 33, channels, bitDepth, alpha);

        PictureWriter.WritePng(picture, folder.File("x.png"));

        using var read = Cv2.ImRead(folder.File("x.png"), ImreadModes.Unchanged);
        using var expected = Samples.ToMat(picture);
        Assert.Equal(expected.Type(), read.Type());
        Assert.Equal(0, Cv2.Norm(expected, read, NormTypes.INF));
    }

    [Fact]
    public void WritePng_SixteenBitRamp_KeepsEveryValue()
    {
        using var folder = new TemporaryFolder();
        var ramp = new Picture(256, 256, 1, 16, [.. Enumerable.Range(0, 65536).Select(n => n / 65535f)]);

        PictureWriter.WritePng(ramp, folder.File("ramp.png"));

        AssertSame(ramp, PictureReader.Read(folder.File("ramp.png"), 1_000_000));
    }

    [Fact]
    public void WritePng_SameTwice_SameBytesAndNothingElseInTheFolder()
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Noise(30, 30, metadata: MetadataSamples.All());

        PictureWriter.WritePng(picture, folder.File("new/a.png"));
        PictureWriter.WritePng(picture, folder.File("new/b.png"));
        PictureWriter.WritePng(picture, folder.File("new/b.png"));

        Assert.Equal(File.ReadAllBytes(folder.File("new/a.png")), File.ReadAllBytes(folder.File("new/b.png")));
        Assert.Equal(["a.png", "b.png"], Directory.GetFileSystemEntries(folder.File("new")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void WritePng_ValuesBeyondTheRange_AreClampedAndRoundedToNearest()
    {
        using var folder = new TemporaryFolder();
        float[] samples = [-0.5f, 1.5f, 100.4f / 255, 100.6f / 255, .. new float[60]];

        PictureWriter.WritePng(new(8, 8, 1, 8, samples), folder.File("x.png"));

        var read = PictureReader.Read(folder.File("x.png"), 64).Samples;
        Assert.Equal([0f, 1f, 100 / 255f, 101 / 255f], read[..4]);
    }

    [Theory]
    [InlineData(".png", 8, false)]
    [InlineData(".png", 16, true)]
    [InlineData(".tif", 8, false)]
    [InlineData(".tif", 16, false)]
    [InlineData(".tif", 16, true)]
    [InlineData(".tif", 8, true)]
    [InlineData(".bmp", 8, false)]
    [InlineData(".bmp", 8, true)]
    public void Read_LosslessFormat_KeepsSamplesDepthAndAlpha(string extension, int bitDepth, bool alpha)
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Noise(41, 23, 3, bitDepth, alpha);

        var read = PictureReader.Read(folder.File("x" + extension, Samples.Encode(picture, extension)), 1_000_000);

        AssertSame(picture, read);
    }

    [Theory]
    [InlineData(".png", 8)]
    [InlineData(".png", 16)]
    [InlineData(".tif", 8)]
    [InlineData(".tif", 16)]
    [InlineData(".bmp", 8)]
    public void Read_GrayFile_HasOneChannel(string extension, int bitDepth)
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Noise(41, 23, 1, bitDepth);

        var read = PictureReader.Read(folder.File("x" + extension, Samples.Encode(picture, extension)), 1_000_000);

        AssertSame(picture, read);
    }

    [Fact]
    public void Read_LosslessWebPWithAlpha_KeepsSamplesAndAlpha()
    {
        using var folder = new TemporaryFolder();
        var noise = Samples.Noise(41, 23, alpha: true);
        // WebP may forget colour under full transparency.
        var picture = new Picture(41, 23, 3, 8, noise.Samples, [.. noise.Alpha!.Select(a => Math.Max(a, 1 / 255f))]);

        var bytes = Samples.Encode(picture, ".webp", new ImageEncodingParam(ImwriteFlags.WebPQuality, 101));

        AssertSame(picture, PictureReader.Read(folder.File("x.webp", bytes), 1_000_000));
    }

    [Theory]
    [InlineData(".jpg", 3)]
    [InlineData(".jpg", 1)]
    [InlineData(".webp", 3)]
    public void Read_LossyFormat_IsNearTheOriginal(string extension, int channels)
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Smooth(64, 48, channels);

        var read = PictureReader.Read(folder.File("x" + extension, Samples.Encode(picture, extension)), 1_000_000);

        Assert.Equal((64, 48, channels, 8), (read.Width, read.Height, read.Channels, read.BitDepth));
        Assert.Null(read.Alpha);
        Assert.True(Engine.Metrics.Psnr.Of(read.Samples, picture.Samples) > 35);
    }

    [Fact]
    public void WriteJpeg_SmoothPicture_IsNearTheOriginal()
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Smooth(64, 48);

        PictureWriter.WriteJpeg(picture, folder.File("x.jpg"));

        Assert.True(Engine.Metrics.Psnr.Of(PictureReader.Read(folder.File("x.jpg"), 1_000_000).Samples, picture.Samples) > 35);
    }

    [Theory]
    [InlineData(".png", PictureFormat.Png)]
    [InlineData(".jpg", PictureFormat.Jpeg)]
    [InlineData(".tif", PictureFormat.Tiff)]
    [InlineData(".webp", PictureFormat.WebP)]
    [InlineData(".bmp", PictureFormat.Bmp)]
    public void Probe_AnyFormatUnderAnyName_TellsFormatAndSize(string extension, PictureFormat format)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("nameless", Samples.Encode(Samples.Smooth(40, 24), extension));

        Assert.Equal(new PictureHeader(format, 40, 24), PictureReader.Probe(path));
    }

    internal static void AssertSame(Picture expected, Picture actual)
    {
        Assert.Equal(
            (expected.Width, expected.Height, expected.Channels, expected.BitDepth),
            (actual.Width, actual.Height, actual.Channels, actual.BitDepth));
        Assert.Equal(expected.Samples, actual.Samples);
        Assert.Equal(expected.Alpha, actual.Alpha);
    }
}
