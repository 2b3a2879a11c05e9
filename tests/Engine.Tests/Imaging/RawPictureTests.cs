using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>What is decoded row by row is what is decoded at once: in every kind of file, samples, alpha, depth and metadata.</summary>
public sealed class RawPictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => ["gray8", "gray16", "rgb8", "rgb16", "gray-alpha8", "gray-alpha16", "rgba8", "rgba16"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReadToFile_Png_IsWhatIsReadAtOnce(string kind)
    {
        var path = _folder.File("x.png");
        PictureWriter.WritePng(Samples.Noise(57, 41, kind.StartsWith("gray", StringComparison.Ordinal) ? 1 : 3, kind.EndsWith("16", StringComparison.Ordinal) ? 16 : 8,
            kind.Contains('a', StringComparison.Ordinal) && (kind.Contains("alpha", StringComparison.Ordinal) || kind.StartsWith("rgba", StringComparison.Ordinal)), MetadataSamples.All(1)), path);
        AssertSame(path);
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    [InlineData(".bmp", false)]
    public void ReadToFile_OtherFormats_AreWhatIsReadAtOnce(string extension, bool byRows = true)
    {
        AssertSame(_folder.File("rgb" + extension, Samples.Encode(Samples.Smooth(131, 77), extension)), byRows);
        if (extension is ".jpg" or ".tif")
        {
            AssertSame(_folder.File("gray" + extension, Samples.Encode(Samples.Smooth(131, 77, 1), extension)));
        }
    }

    [Theory]
    [InlineData(ImwriteFlags.JpegProgressive, 1)]
    [InlineData(ImwriteFlags.JpegQuality, 60)]
    public void ReadToFile_JpegOfAnyKind_IsWhatIsReadAtOnce(ImwriteFlags flag, int value) =>
        AssertSame(_folder.File("x.jpg", Samples.Encode(Samples.Noise(130, 75), ".jpg", new ImageEncodingParam(flag, value))));

    [Theory]
    [MemberData(nameof(MetadataSamples.Orientations), MemberType = typeof(MetadataSamples))]
    public void Crop_OfATurnedPicture_IsThatPartOfItUpright(int orientation)
    {
        var path = _folder.File("x.png");
        PictureWriter.WritePng(Samples.Noise(37, 29, 3, 8, alpha: true, MetadataSamples.All(orientation)), path);
        AssertSame(path);
        var whole = PictureReader.Read(path, 1 << 20);
        using var raw = Raw(path);
        var part = raw.Crop(5, 3, 17, 11);
        for (var y = 0; y < 11; y++)
        {
            Assert.Equal(whole.Plane(1).Slice(((3 + y) * whole.Width) + 5, 17).ToArray(), part.Plane(1).Slice(y * 17, 17).ToArray());
            Assert.Equal(whole.Alpha!.AsSpan(((3 + y) * whole.Width) + 5, 17).ToArray(), part.Alpha!.AsSpan(y * 17, 17).ToArray());
        }
    }

    [Fact]
    public void ReadToFile_OverTheLimit_OrCutOff_IsRefusedByName()
    {
        var path = _folder.File("x.png");
        PictureWriter.WritePng(Samples.Noise(400, 300), path);
        Assert.Contains("120,000 pixels", Assert.Throws<RefusedException>(() => PictureReader.ReadToFile(path, 119_999, _folder.File("raw"), 0)).Message, StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(path);
        var cut = _folder.File("cut.png", bytes[..(bytes.Length / 2)]);
        Assert.Contains("cut.png", Assert.Throws<RefusedException>(() => Raw(cut)).Message, StringComparison.Ordinal);
        bytes[bytes.Length / 2] ^= 0x55;
        Assert.Throws<RefusedException>(() => Raw(_folder.File("flipped.png", bytes)));
        var jpeg = Samples.Encode(Samples.Noise(400, 300), ".jpg");
        Assert.Throws<RefusedException>(() => Raw(_folder.File("cut.jpg", jpeg[..(jpeg.Length / 2)])));
        Assert.False(File.Exists(_folder.File("raw")));
    }

    [Fact]
    public void ReadToFile_TheScratchFile_GoesWithTheObject()
    {
        var path = _folder.File("x.png");
        PictureWriter.WritePng(Samples.Noise(40, 30), path);
        using (Raw(path))
        {
            Assert.Equal(40 * 30 * 3, new FileInfo(_folder.File("raw")).Length);
        }

        Assert.False(File.Exists(_folder.File("raw")));
    }

    [Theory]
    [InlineData(1, 8, false)]
    [InlineData(3, 16, true)]
    public void Encode_InBands_DecodesToThePictureThatWasEncodedAtOnce(int channels, int depth, bool alpha)
    {
        var picture = Samples.Noise(1200, 700, channels, depth, alpha, MetadataSamples.All(1));
        var path = _folder.File("x.png");
        using (var file = File.Create(path))
        {
            PngEncoder.Encode(file, PngKind.Of(picture), Enumerable.Range(0, 7).Select(n => Band(picture, n * 100, 100)));
        }

        var read = PictureReader.Read(path, 1 << 20);
        Assert.Equal(picture.Samples, read.Samples);
        Assert.Equal(picture.Alpha, read.Alpha);
        Assert.Equal(picture.Metadata.Xmp, read.Metadata.Xmp);
        Assert.Equal(channels == 3, read.Metadata.IccProfile is not null);
    }

    [Theory]
    [InlineData(64, 11)]
    [InlineData(90, 2500)]
    [InlineData(700, 3000)]
    public void Compare_InBands_GivesTheFiguresOfTheWhole(int width, int height)
    {
        var (a, b) = (Samples.Smooth(width, height), Samples.Noise(width, height));
        var expected = QualityMetrics.Compare(a, b);
        using var rawA = RawPicture.Write(_folder.File("a"), a);
        using var rawB = RawPicture.Write(_folder.File("b"), b);
        var figures = BandedQuality.Compare(rawA, rawB);
        Assert.Equal(expected.Psnr, figures.Psnr, 6);
        Assert.Equal(expected.PsnrY, figures.PsnrY, 6);
        Assert.Equal(expected.Ssim, figures.Ssim, 6);
    }

    [Fact]
    public void Shrinker_OfBands_AveragesSquares()
    {
        const int width = 1001, height = 503;
        var picture = new Picture(width, height, 3, 8, [.. Ramp(0), .. Ramp(1), .. Ramp(2)], Ramp(3));
        var shrinker = new PictureShrinker(width, height, 3, true, 300);
        for (var top = 0; top < height; top += 64)
        {
            shrinker.Add(Band(picture, top, Math.Min(64, height - top)));
        }

        var small = shrinker.Result();
        Assert.Equal((334, 168), (small.Width, small.Height));
        for (var y = 0; y < small.Height; y++)
        {
            for (var x = 0; x < small.Width; x++)
            {
                // The mean of a ramp is its value in the middle of the square, of which the last ones are cut off.
                var middle = (X: ((3 * x) + Math.Min((3 * x) + 2, width - 1)) / 2f, Y: ((3 * y) + Math.Min((3 * y) + 2, height - 1)) / 2f);
                for (var sample = 0; sample < 4; sample++)
                {
                    var plane = sample < 3 ? small.Plane(sample) : small.Alpha;
                    Assert.Equal(At(sample, middle.X, middle.Y), plane[(y * small.Width) + x], 1e-5f);
                }
            }
        }

        static float[] Ramp(int sample) => [.. Enumerable.Range(0, width * height).Select(n => At(sample, n % width, n / width))];
        static float At(int sample, float x, float y) => (((sample + 1) * x) + y) / 5000;
    }

    public void Dispose() => _folder.Dispose();

    private static Picture Band(Picture picture, int top, int height) => new(
        picture.Width, height, picture.Channels, picture.BitDepth,
        [.. Enumerable.Range(0, picture.Channels).SelectMany(c => picture.Plane(c).Slice(top * picture.Width, height * picture.Width).ToArray())],
        picture.Alpha?.AsSpan(top * picture.Width, height * picture.Width).ToArray());

    private RawPicture Raw(string path) => PictureReader.ReadToFile(path, 1 << 20, _folder.File("raw"), mostPixelsAtOnce: 0);

    private void AssertSame(string path, bool byRows = true)
    {
        using (var stream = File.OpenRead(path))
        {
            // Otherwise it is compared with itself.
            Assert.Equal(byRows, RowDecoder.Knows(Container.Parse(new FileBytes(path, stream))));
        }

        var whole = PictureReader.Read(path, 1 << 20);
        using var raw = Raw(path);
        Assert.Equal((whole.Width, whole.Height, whole.Channels, whole.BitDepth, whole.Alpha is not null), (raw.Width, raw.Height, raw.Channels, raw.BitDepth, raw.HasAlpha));
        var all = raw.Crop(0, 0, raw.Width, raw.Height);
        Assert.Equal(whole.Samples, all.Samples);
        Assert.Equal(whole.Alpha, all.Alpha);
        Assert.Equal(whole.Metadata.Exif, raw.Metadata.Exif);
        Assert.Equal(whole.Metadata.Xmp, raw.Metadata.Xmp);
        Assert.Equal(whole.Metadata.IccProfile, raw.Metadata.IccProfile);
        Assert.Equal(whole.Metadata.Resolution, raw.Metadata.Resolution);
        Assert.Equal(whole.Samples.Max(), raw.Highest.Take(raw.Channels).Max());
        Assert.Equal(whole.Samples.Min(), raw.Lowest.Take(raw.Channels).Min());
    }
}
