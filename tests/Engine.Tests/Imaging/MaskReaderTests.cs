using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

public class MaskReaderTests
{
    [Fact]
    public void Read_GrayMask_GivesItsValues()
    {
        using var folder = new TemporaryFolder();
        var mask = Samples.Noise(20, 12, channels: 1);

        Assert.Equal(mask.Samples, MaskReader.Read(folder.File("m.png", Samples.Encode(mask, ".png")), 20, 12));
    }

    [Fact]
    public void Read_ColourMask_GivesLuma()
    {
        using var folder = new TemporaryFolder();
        var mask = Samples.Constant(10, 10, 1f, 0f, 0f);

        Assert.All(MaskReader.Read(folder.File("m.png", Samples.Encode(mask, ".png")), 10, 10), value => Assert.Equal(0.299f, value, 1e-6f));
    }

    [Fact]
    public void Read_TurnedMask_IsComparedUpright()
    {
        using var folder = new TemporaryFolder();
        var jpeg = MetadataSamples.IntoJpeg(Samples.Encode(Samples.Smooth(20, 12, 1), ".jpg"), MetadataSamples.Exif(6));

        Assert.Equal(240, MaskReader.Read(folder.File("m.jpg", jpeg), 12, 20).Length);
    }

    [Fact]
    public void Read_AnotherSize_NamesBothSizes()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.png", Samples.Encode(Samples.Noise(20, 12, 1), ".png"));

        var message = Assert.Throws<RefusedException>(() => MaskReader.Read(path, 30, 12)).Message;

        Assert.Contains("20×12", message);
        Assert.Contains("30×12", message);
        Assert.Contains(path, message);
    }

    [Theory]
    [InlineData(0f, "no pixel of the picture is known")]
    [InlineData(1f, "nothing to fill")]
    public void Read_OneValueThroughout_IsRefused(float value, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.png", Samples.Encode(Samples.Constant(9, 9, value, value, value), ".png"));

        Assert.Contains(reason, Assert.Throws<RefusedException>(() => MaskReader.Read(path, 9, 9)).Message);
    }

    [Fact]
    public void Read_EmptyFile_IsRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("0 bytes", Assert.Throws<RefusedException>(() => MaskReader.Read(folder.File("m.png", []), 9, 9)).Message);
    }
}
