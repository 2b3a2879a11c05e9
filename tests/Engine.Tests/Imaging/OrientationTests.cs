using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

public class OrientationTests
{
    /// <summary>What is stored, and how each orientation is to be seen; worked out by hand from TIFF 6.0, tag 274.</summary>
    public static TheoryData<int, string> Turned => new()
    {
        { 1, "abc/def" }, { 2, "cba/fed" }, { 3, "fed/cba" }, { 4, "def/abc" },
        { 5, "ad/be/cf" }, { 6, "da/eb/fc" }, { 7, "fc/eb/da" }, { 8, "cf/be/ad" },
    };

    [Theory]
    [MemberData(nameof(Turned))]
    public void Turn_EachOrientation_MatchesTheHandTurnedLetters(int orientation, string expected)
    {
        float[] stored = [.. "abcdef".Select(letter => (float)letter)];

        var turned = Upright.Turn(stored, 3, 2, orientation);

        Assert.Equal(expected.Replace("/", ""), string.Concat(turned.Select(value => (char)value)));
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void Read_PngWithOrientation_IsTurnedOnceAndSaysUpright(int orientation, string expected)
    {
        using var folder = new TemporaryFolder();
        var stored = Letters("abc/def");
        var path = folder.File("x.png");
        PictureWriter.WritePng(
            new(stored.Width, stored.Height, 1, 8, stored.Samples, stored.Samples, MetadataSamples.All(orientation)), path);

        var read = PictureReader.Read(path, 1_000_000);
        PictureWriter.WritePng(read, path);
        var again = PictureReader.Read(path, 1_000_000);

        foreach (var picture in new[] { read, again })
        {
            var wanted = Letters(expected);
            Assert.Equal((wanted.Width, wanted.Height), (picture.Width, picture.Height));
            Assert.Equal(wanted.Samples, picture.Samples);
            Assert.Equal(wanted.Samples, picture.Alpha);
            Assert.Equal(1, ExifBlock.Orientation(picture.Metadata.Exif));
            Assert.Equal(MetadataSamples.Xmp(1), picture.Metadata.Xmp);
        }
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void Read_JpegWithOrientation_IsTurned(int orientation, string expected)
    {
        using var folder = new TemporaryFolder();
        var jpeg = MetadataSamples.IntoJpeg(
            Samples.Encode(Letters("abc/def"), ".jpg"), MetadataSamples.Exif(orientation, bigEndian: orientation % 2 == 0));
        var path = folder.File("x.jpg", jpeg);

        AssertNear(Letters(expected), PictureReader.Read(path, 1_000_000));
        Assert.Equal(Letters(expected).Width, PictureReader.Probe(path).Width);
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void Read_TiffWithOrientation_IsTurned(int orientation, string expected)
    {
        using var folder = new TemporaryFolder();
        var gray = Letters("abc/def");
        var colour = new Picture(gray.Width, gray.Height, 3, 8, [.. gray.Samples, .. gray.Samples, .. gray.Samples]);
        var path = folder.File("x.tif", MetadataSamples.Tiff(colour, orientation));

        var read = PictureReader.Read(path, 1_000_000);

        Assert.Equal(Letters(expected).Samples, read.Plane(1).ToArray());
        Assert.Equal(1, ExifBlock.Orientation(read.Metadata.Exif));
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void Read_WebPWithOrientation_IsTurned(int orientation, string expected)
    {
        using var folder = new TemporaryFolder();
        var stored = Letters("abc/def");
        var webp = MetadataSamples.IntoWebP(
            Samples.Encode(stored, ".webp"), stored.Width, stored.Height,
            MetadataSamples.Exif(orientation), MetadataSamples.Xmp(orientation), MetadataSamples.Icc());

        var read = PictureReader.Read(folder.File("x.webp", webp), 1_000_000);

        Assert.Equal((Letters(expected).Width, 3), (read.Width, read.Channels));
        Assert.True(Engine.Metrics.Psnr.Of(read.Plane(1), Letters(expected).Samples) > 30);
    }

    private static void AssertNear(Picture expected, Picture actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        Assert.True(Engine.Metrics.Psnr.Of(actual.Samples, expected.Samples) > 35);
    }

    /// <summary>A gray picture of squares, 8 pixels each, one shade a letter: lossy formats keep them apart.</summary>
    private static Picture Letters(string rows)
    {
        var lines = rows.Split('/');
        var (width, height) = (lines[0].Length * 8, lines.Length * 8);
        return new(width, height, 1, 8,
            [.. Enumerable.Range(0, width * height).Select(n => (lines[n / width / 8][n % width / 8] - 'a' + 1) * 40 / 255f)]);
    }
}
