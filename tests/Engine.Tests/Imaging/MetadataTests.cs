using DipPipeline.Engine.Imaging;
using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.Formats.Icc;
using MetadataExtractor.Formats.Xmp;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Outputs read by another library.</summary>
public class MetadataTests
{
    public static TheoryData<string> Formats => [".png", ".jpg", ".tif", ".webp"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void WritePng_MetadataOfAnyFormat_IsReadByAnotherLibrary(string extension)
    {
        using var folder = new TemporaryFolder();
        var source = Source(folder, extension, orientation: 6);

        var picture = PictureReader.Read(source, 1_000_000);
        PictureWriter.WritePng(picture, folder.File("out.png"));

        Assert.Equal((16, 24), (picture.Width, picture.Height));
        var directories = ImageMetadataReader.ReadMetadata(folder.File("out.png"));
        var exif = directories.OfType<ExifIfd0Directory>().Single();
        Assert.Equal(MetadataSamples.Artist, exif.GetString(ExifDirectoryBase.TagArtist));
        Assert.Equal(1, exif.GetInt32(ExifDirectoryBase.TagOrientation));
        Assert.Equal("RGB", directories.OfType<IccDirectory>().Single().GetString(IccDirectory.TagColorSpace)?.Trim());
        var xmp = directories.OfType<XmpDirectory>().Single().XmpMeta!;
        Assert.Equal("1", xmp.GetPropertyString("http://ns.adobe.com/tiff/1.0/", "tiff:Orientation"));
        Assert.Equal("image/test", xmp.GetPropertyString("http://purl.org/dc/elements/1.1/", "dc:format"));
        Assert.Empty(directories.SelectMany(directory => directory.Errors));
    }

    [Fact]
    public void WritePng_EverythingRead_IsReadAgain()
    {
        using var folder = new TemporaryFolder();
        var chunk = new PngChunk("tEXt", [.. "Title\0Our house"u8]);
        var metadata = MetadataSamples.All() with { PngChunks = [chunk, new("gAMA", [0, 1, 0x86, 0xA0])] };

        PictureWriter.WritePng(Samples.Noise(16, 16, metadata: metadata), folder.File("x.png"));
        var read = PictureReader.Read(folder.File("x.png"), 1_000_000).Metadata;

        Assert.Equal(metadata.IccProfile, read.IccProfile);
        Assert.Equal(metadata.Exif, read.Exif);
        Assert.Equal(metadata.Xmp, read.Xmp);
        Assert.Equal(metadata.Resolution, read.Resolution);
        Assert.Equal(["tEXt", "gAMA"], read.PngChunks.Select(kept => kept.Type));
        Assert.Equal(chunk.Data, read.PngChunks[0].Data);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'h', 0xC3, 0xA9, 0 }, "hé")]
    [InlineData(new byte[] { (byte)'h', 0xE9 }, "hé")]
    public void WritePng_CommentOfAJpeg_IsReadByAnotherLibrary(byte[] comment, string expected)
    {
        using var folder = new TemporaryFolder();
        var jpeg = Samples.Encode(Samples.Smooth(16, 24), ".jpg");
        byte[] commented = [.. jpeg[..2], 0xFF, 0xFE, 0, (byte)(comment.Length + 2), .. comment, .. jpeg[2..]];

        PictureWriter.WritePng(PictureReader.Read(folder.File("photo.jpg", commented), 1_000_000), folder.File("out.png"));

        var texts = ImageMetadataReader.ReadMetadata(folder.File("out.png")).SelectMany(d => d.Tags).Select(t => t.Description);
        Assert.Contains($"Comment: {expected}", texts);
    }

    [Theory]
    [InlineData("Raw profile type iptc", true)]
    [InlineData("Raw profile type exif", false)]
    public void Read_ProfileInText_IsCarriedUnlessItMayTurnThePicture(string keyword, bool carried)
    {
        using var folder = new TemporaryFolder();
        var chunk = PngChunk.Text(keyword, "\niptc\n 2\n1c02\n");
        PictureWriter.WritePng(Samples.Noise(16, 16, metadata: new PictureMetadata { PngChunks = [chunk] }), folder.File("x.png"));

        Assert.Equal(carried, PictureReader.Read(folder.File("x.png"), 1_000_000).Metadata.PngChunks.Any(c => c.Keyword == keyword));
    }

    /// <summary>Megabytes of metadata in every piece, and no end of pieces: what is kept stays bounded, and the picture is read.</summary>
    [Theory]
    [InlineData(".png", 5 << 20, 20)]
    [InlineData(".jpg", 65_000, 1500)]
    [InlineData(".jpg", 0, 1_100_000)]
    public void Parse_MoreMetadataThanAnybodyHas_KeepsNoMoreThanTheLimit(string extension, int size, int pieces)
    {
        var plain = Samples.Encode(Samples.Smooth(16, 24), extension);
        // After PNG's header chunk, after JPEG's first marker.
        var at = extension == ".png" ? 33 : 2;
        byte[] piece = extension == ".png" ? Chunk([.. "Title\0"u8, .. new byte[size]]) : [0xFF, 0xFE, (byte)((size + 3) >> 8), (byte)(size + 3), (byte)'x', .. new byte[size]];
        using var file = new MemoryStream();
        file.Write(plain, 0, at);
        for (var n = 0; n < pieces; n++)
        {
            file.Write(piece);
        }

        file.Write(plain, at, plain.Length - at);
        var container = Container.Parse(new FileBytes("photo" + extension, file));
        Assert.Equal((16, 24), (container.Width, container.Height));
        Assert.InRange(container.Metadata.PngChunks.Sum(c => (long)c.Data.Length), 1, FileBytes.LargestMetadata);
        Assert.InRange(container.Metadata.PngChunks.Count, 1, pieces - 1);

        static byte[] Chunk(byte[] data)
        {
            var length = BitConverter.GetBytes(data.Length);
            Array.Reverse(length);
            var crc = BitConverter.GetBytes(Crc32.Of("tEXt"u8, data));
            Array.Reverse(crc);
            return [.. length, .. "tEXt"u8, .. data, .. crc];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WritePng_AfterEnlargement_ExifStatesTheNewSize(bool bigEndian)
    {
        using var folder = new TemporaryFolder();
        var metadata = new PictureMetadata { Exif = MetadataSamples.Exif(1, bigEndian, (8, 10)) };

        PictureWriter.WritePng(PictureResizer.Enlarge(Samples.Noise(8, 10, metadata: metadata), 4), folder.File("x.png"));

        var exif = ImageMetadataReader.ReadMetadata(folder.File("x.png")).OfType<ExifSubIfdDirectory>().Single();
        Assert.Equal(32, exif.GetInt32(ExifDirectoryBase.TagExifImageWidth));
        Assert.Equal(40, exif.GetInt32(ExifDirectoryBase.TagExifImageHeight));
    }

    [Fact]
    public void Read_ProfileOfAnotherColourSpace_IsDropped()
    {
        using var folder = new TemporaryFolder();
        var jpeg = Samples.Encode(Samples.Smooth(16, 16, channels: 1), ".jpg");

        var rgb = PictureReader.Read(folder.File("rgb.jpg", MetadataSamples.IntoJpeg(jpeg, icc: MetadataSamples.Icc("RGB "))), 999);
        var gray = PictureReader.Read(folder.File("gray.jpg", MetadataSamples.IntoJpeg(jpeg, icc: MetadataSamples.Icc("GRAY"))), 999);

        Assert.Null(rgb.Metadata.IccProfile);
        Assert.Equal(MetadataSamples.Icc("GRAY"), gray.Metadata.IccProfile);
    }

    [Fact]
    public void Read_UnreadableExif_StillGivesThePicture()
    {
        using var folder = new TemporaryFolder();
        var jpeg = MetadataSamples.IntoJpeg(Samples.Encode(Samples.Smooth(16, 24), ".jpg"), exif: [.. "II*\0\u00FF\u00FF\u00FF"u8]);

        Assert.Equal(16, PictureReader.Read(folder.File("x.jpg", jpeg), 999).Width);
    }

    private static string Source(TemporaryFolder folder, string extension, int orientation)
    {
        var picture = Samples.Smooth(24, 16);
        var (exif, xmp, icc) = (MetadataSamples.Exif(orientation), MetadataSamples.Xmp(orientation), MetadataSamples.Icc());
        if (extension != ".png")
        {
            return folder.File("source" + extension, extension switch
            {
                ".jpg" => MetadataSamples.IntoJpeg(Samples.Encode(picture, extension), exif, xmp, icc),
                ".tif" => MetadataSamples.Tiff(picture, orientation),
                _ => MetadataSamples.IntoWebP(Samples.Encode(picture, extension), 24, 16, exif, xmp, icc),
            });
        }

        PictureWriter.WritePng(new(24, 16, 3, 8, picture.Samples, null, MetadataSamples.All(orientation)), folder.File("source.png"));
        return folder.File("source.png");
    }
}
