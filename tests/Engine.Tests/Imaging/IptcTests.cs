using System.IO.Compression;
using System.Text;
using DipPipeline.Engine.Imaging;
using MetadataExtractor;
using MetadataExtractor.Formats.Iptc;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>IPTC of our outputs, read by another library.</summary>
public sealed class IptcTests : IDisposable
{
    private const string Caption = "Café au lait, 1 February 1951: long enough for a second line of text";
    private const int Iptc = 0x0404, Other = 0x03ED;

    private readonly TemporaryFolder folder = new();

    private static byte[] Resources =>
    [
        .. MetadataSamples.Resource(Other, new byte[15], "odd"), .. MetadataSamples.Resource(Iptc, MetadataSamples.Iptc(Caption), "no"),
        .. MetadataSamples.Resource(Other, new byte[16]),
    ];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WritePng_IptcOfAJpeg_IsCarried() => Assert.Equal([Caption], Captions(Jpeg(Resources)));

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    public void WritePng_IptcOverTwoSegments_IsJoined(int cut) => Assert.Equal([Caption], Captions(Jpeg(Resources[..cut], Resources[cut..])));

    [Fact]
    public void WritePng_TwoIptcResources_AreBothCarried() => Assert.Equal(
        ["one", Caption], Captions(Jpeg([.. MetadataSamples.Resource(Iptc, MetadataSamples.Iptc("one")), .. Resources])));

    [Theory]
    [InlineData(33723, 7, false)]
    [InlineData(33723, 4, false)]
    [InlineData(33723, 1, true)]
    [InlineData(34377, 1, true)]
    public void WritePng_IptcOfATiff_IsCarried(ushort tag, ushort type, bool inResources) =>
        Assert.Equal([Caption], Captions(Tiff(Field(tag, type, inResources ? Resources : MetadataSamples.Iptc(Caption)))));

    /// <summary>A data set whose size takes four bytes is kept; one that breaks off is not.</summary>
    [Fact]
    public void WritePng_LongAndBrokenDataSets_WholeOnesAreCarried()
    {
        var data = (byte[])[.. MetadataSamples.Iptc("one"), 0x1C, 2, 120, 0x80, 4, 0, 0, 0, 3, .. "two"u8, 0x1C, 2, 120, 0, 9, .. "three"u8];

        var chunk = Assert.Single(PictureReader.Read(Tiff(Field(33723, 7, data)), 1000).Metadata.PngChunks);

        Assert.Equal(PngChunk.RawProfile("iptc", data[..^10]).Data, chunk.Data);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void WritePng_IptcTwiceInATiff_IsCarriedOnceAndWhole(int cut) => Assert.Equal(
        [Caption], Captions(Tiff(Field(33723, 7, MetadataSamples.Iptc(Caption)[..^cut]), Field(34377, 1, Resources))));

    /// <summary>The layout that ImageMagick writes, byte for byte.</summary>
    [Fact]
    public void RawProfile_FiftyBytes_AreTwoLines()
    {
        var chunk = PngChunk.RawProfile("iptc", [.. Enumerable.Range(0, 50).Select(n => (byte)(n + 200))]);

        Assert.Equal(("zTXt", "Raw profile type iptc"), (chunk.Type, chunk.Keyword));
        using var zlib = new ZLibStream(new MemoryStream(chunk.Data[(chunk.Keyword.Length + 2)..]), CompressionMode.Decompress);
        using var text = new StreamReader(zlib, Encoding.Latin1);
        Assert.Equal(
            "\niptc\n      50\n"
            + "c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaeb\n"
            + "ecedeeeff0f1f2f3f4f5f6f7f8f9\n",
            text.ReadToEnd());
    }

    [Fact]
    public void Read_NoIptc_GivesNoText()
    {
        Assert.Empty(PictureReader.Read(Jpeg(MetadataSamples.Resource(Other, [1])), 1000).Metadata.PngChunks);
        Assert.Empty(PictureReader.Read(Tiff(Field(34377, 1, MetadataSamples.Resource(Other, [1]))), 1000).Metadata.PngChunks);
    }

    [Fact]
    public void Read_ResourcesCutOffAnywhere_StillGiveThePicture()
    {
        for (var length = 0; length < Resources.Length; length++)
            Assert.Equal(24, PictureReader.Read(Jpeg(Resources[..length]), 1000).Width);
    }

    [Fact]
    public void WritePng_IptcOfAPng_IsKept()
    {
        PictureWriter.WritePng(PictureReader.Read(Jpeg(Resources), 1000), folder.File("x.png"));

        Assert.Equal([Caption], Captions(folder.File("x.png")));
    }

    private string Jpeg(params byte[][] segments) =>
        folder.File("x.jpg", MetadataSamples.IntoJpeg(Samples.Encode(Samples.Smooth(24, 16), ".jpg"), photoshop: segments));

    private string Tiff(params ExifField[] more) => folder.File("x.tif", MetadataSamples.Tiff(Samples.Smooth(24, 16), 1, more));

    private static ExifField Field(ushort tag, ushort type, byte[] data)
    {
        byte[] whole = type == 4 ? [.. data, .. new byte[(4 - data.Length % 4) % 4]] : data;
        return new(tag, type, (uint)whole.Length / (type == 4 ? 4u : 1u), whole);
    }

    private string[] Captions(string source)
    {
        PictureWriter.WritePng(PictureReader.Read(source, 1000), folder.File("out.png"));
        var read = ImageMetadataReader.ReadMetadata(folder.File("out.png"));
        Assert.Empty(read.SelectMany(directory => directory.Errors));
        return read.OfType<IptcDirectory>().Single().GetStringArray(IptcDirectory.TagCaption)!;
    }
}
