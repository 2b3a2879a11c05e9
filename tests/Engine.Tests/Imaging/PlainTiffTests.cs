using System.Text;
using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Gray and RGB TIFF in every layout that is read without OpenCV.</summary>
public sealed class PlainTiffTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<int, int> Kinds => new()
    {
        { 1, 1 }, { 5, 1 }, { 5, 2 }, { 8, 1 }, { 8, 2 }, { 32946, 1 }, { 32946, 2 }, { 32773, 1 },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_EveryLayout_KeepsColourAndAlpha(int compression, int predictor)
    {
        bool[] either = [false, true];
        var files = from samples in (int[])[1, 2, 3, 4]
                    from bits in (int[])[8, 16]
                    from big in either
                    from tiled in either
                    from separate in either
                    from white in samples > 2 ? [false] : either
                    select new PlainTiffFile
                    {
                        Rgb = samples > 2, Samples = samples, ExtraSamples = samples % 2 == 0 ? [2] : [], Bits = bits, BigEndian = big,
                        Compression = compression, Predictor = predictor, Tiled = tiled, Separate = separate, WhiteIsZero = white,
                    };
        foreach (var file in files)
        {
            var read = Read(file.ToBytes());

            var colours = file.Rgb ? 3 : 1;
            Assert.Equal((PlainTiffFile.Width, PlainTiffFile.Height, colours, file.Bits), (read.Width, read.Height, read.Channels, read.BitDepth));
            Assert.True(Enumerable.Range(0, colours).SelectMany(file.Plane).SequenceEqual(read.Samples), $"Colour of {file}");
            Assert.True(file.Samples > colours ? file.Plane(colours).SequenceEqual(read.Alpha!) : read.Alpha is null, $"Alpha of {file}");
        }
    }

    /// <summary>Both decoders on what another encoder wrote, with strings of LZW up to twelve bits long.</summary>
    [Theory]
    [InlineData(1, 8)]
    [InlineData(5, 8)]
    [InlineData(8, 8)]
    [InlineData(32773, 8)]
    [InlineData(32946, 8)]
    [InlineData(1, 16)]
    [InlineData(5, 16)]
    [InlineData(8, 16)]
    public void Decode_FileOfAnotherEncoder_GivesThePixelsOfAnotherDecoder(int compression, int bits)
    {
        foreach (var (channels, alpha) in ((int, bool)[])[(1, false), (3, false), (3, true)])
        {
            var picture = Samples.Noise(300, 70, channels, bits, alpha);
            // Noise above, which fills LZW's table with short strings, and long strings below.
            Array.Fill(picture.Samples, 0.2f, picture.Samples.Length / 2, picture.Samples.Length / 3);
            var bytes = Samples.Encode(picture, ".tif", new ImageEncodingParam(ImwriteFlags.TiffCompression, compression));
            var file = new FileBytes("x.tif", new MemoryStream(bytes));

            using var ours = PlainTiff.Decode(file, bytes);
            using var theirs = OpenCv.Decode(TiffContainer.ForDecoder(file, bytes))!;

            Assert.Null(PlainTiff.Obstacle(TiffDirectory.First(file)!));
            Assert.Equal((theirs.Type(), theirs.Size()), (ours.Type(), ours.Size()));
            Assert.Equal(0, Cv2.Norm(ours, theirs, NormTypes.INF));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Read_AlphaUnsaid_IsAlpha(int bits)
    {
        var file = new PlainTiffFile { Bits = bits, ExtraSamples = [] };

        Assert.Equal(file.Plane(1), Read(file.ToBytes()).Alpha);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_AssociatedAlpha_IsDivided(bool whiteIsZero)
    {
        var file = new PlainTiffFile { Bits = 16, ExtraSamples = [1], WhiteIsZero = whiteIsZero };

        var read = Read(file.ToBytes());

        Assert.Equal(file.Plane(1), read.Alpha);
        Assert.Equal([.. file.Plane(0).Zip(file.Plane(1), (gray, alpha) => alpha == 0 ? 0 : Math.Min(1, gray / alpha))], read.Samples);
    }

    [Theory]
    [InlineData(2, 8, false)]
    [InlineData(2, 16, true)]
    [InlineData(4, 8, true)]
    [InlineData(4, 16, false)]
    public void Read_SamplesBesideGray_AreLeftOut(int samples, int bits, bool separate)
    {
        var file = new PlainTiffFile
        {
            Samples = samples, Bits = bits, ExtraSamples = new int[samples - 1], Separate = separate, Compression = 5, Predictor = 2,
        };

        var read = Read(file.ToBytes());

        Assert.Equal(file.Plane(0), read.Samples);
        Assert.Null(read.Alpha);
    }

    [Theory]
    [MemberData(nameof(MetadataSamples.Orientations), MemberType = typeof(MetadataSamples))]
    public void Read_Orientation_TurnsGrayAndAlpha(int orientation)
    {
        var file = new PlainTiffFile();
        file = file with { More = [file.Short(274, orientation)] };

        var read = Read(file.ToBytes());

        Assert.Equal(orientation < 5 ? PlainTiffFile.Width : PlainTiffFile.Height, read.Width);
        Assert.Equal(Upright.Turn(file.Plane(0), PlainTiffFile.Width, PlainTiffFile.Height, orientation), read.Samples);
        Assert.Equal(Upright.Turn(file.Plane(1), PlainTiffFile.Width, PlainTiffFile.Height, orientation), read.Alpha);
    }

    [Fact]
    public void Read_Metadata_IsKept()
    {
        var (icc, xmp) = (MetadataSamples.Icc("GRAY"), MetadataSamples.Xmp(1));
        var file = new PlainTiffFile
        {
            More =
            [
                new(282, 5, 1, [44, 1, 0, 0, 1, 0, 0, 0]), new(283, 5, 1, [44, 1, 0, 0, 1, 0, 0, 0]),
                new(0x013B, 2, 4, [.. "Ada\0"u8]), new(700, 1, (uint)xmp.Length, xmp), new(34675, 7, (uint)icc.Length, icc),
            ],
        };

        var read = Read(file.ToBytes()).Metadata;

        Assert.Equal(icc, read.IccProfile);
        Assert.Equal(xmp, read.Xmp);
        Assert.Equal(new(11811, 11811), read.Resolution);
        Assert.Contains("Ada", Encoding.Latin1.GetString(read.Exif!));
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, false)]
    [InlineData(5, false, false)]
    [InlineData(8, true, false)]
    [InlineData(1, false, true)]
    [InlineData(5, true, true)]
    [InlineData(8, false, true)]
    public void Read_CutOffAnywhere_IsRefused(int compression, bool tiled, bool rgb)
    {
        var whole = new PlainTiffFile { Compression = compression, Tiled = tiled, Rgb = rgb, Samples = rgb ? 4 : 2 }.ToBytes();

        foreach (var length in Enumerable.Range(0, whole.Length).Where(length => length % 11 == 0 || length + 9 > whole.Length))
            Assert.EndsWith("would be accepted.", Refused(whole[..length]));
    }

    /// <summary>A piece that says it is shorter than its rows need.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_PieceTooShort_IsRefused(int compression, int predictor)
    {
        var files = from samples in (int[])[1, 2, 3]
                    from bits in (int[])[8, 16]
                    from tiled in (bool[])[false, true]
                    select (samples, bits, tiled);
        foreach (var (samples, bits, tiled) in files)
        {
            var bytes = new PlainTiffFile
            {
                Rgb = samples == 3, Samples = samples, ExtraSamples = [], Bits = bits, Compression = compression, Predictor = predictor, Tiled = tiled,
            }.ToBytes();
            var directory = TiffDirectory.First(new FileBytes("x", new MemoryStream(bytes)))!;
            var lengths = directory.Find(tiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts)!;
            bytes[lengths.ValueAt + 1] = 0;
            bytes[lengths.ValueAt] = 30;

            Assert.Contains("cut off or damaged", Refused(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_AnyByteChanged_IsReadOrRefused(int compression, int predictor)
    {
        var random = new Random(compression + predictor);
        for (var layout = 0; layout < 16; layout++)
        {
            var whole = new PlainTiffFile
            {
                Compression = compression, Predictor = predictor, Tiled = layout % 2 == 0, Separate = layout % 4 < 2, Bits = layout % 8 < 4 ? 8 : 16,
                Rgb = layout < 8, Samples = layout < 8 ? 4 : 2,
            }.ToBytes();
            for (var attempt = 0; attempt < 30; attempt++)
            {
                byte[] bytes = [.. whole];
                bytes[random.Next(300)] = (byte)random.Next(256);
                if (Record.Exception(() => Read(bytes)) is { } e)
                    Assert.IsType<RefusedException>(e);
            }
        }
    }

    [Fact]
    public void Read_TooManyPixels_IsRefused() =>
        Assert.Contains("at most 100 pixels", Assert.Throws<RefusedException>(() => Read(new PlainTiffFile().ToBytes(), 100)).Message);

    [Theory]
    [InlineData(8, 7, 1, "in compression 7")]
    [InlineData(8, 5, 3, "predictor 3")]
    [InlineData(4, 1, 1, "4 bits a sample")]
    public void Read_OtherKinds_AreRefused(int bits, int compression, int predictor, string reason) =>
        Assert.Contains(reason, Refused(new PlainTiffFile { Bits = bits, Compression = compression, Predictor = predictor }.ToBytes()));

    private string Refused(byte[] tiff) => Assert.Throws<RefusedException>(() => Read(tiff)).Message;

    private Picture Read(byte[] tiff, long maximumPixels = 1000) => PictureReader.Read(folder.File("x.tif", tiff), maximumPixels);
}
