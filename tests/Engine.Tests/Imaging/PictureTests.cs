using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

public class PictureTests
{
    [Theory]
    [InlineData(4, 3, 2, 8, 24, null)]
    [InlineData(4, 3, 3, 12, 36, null)]
    [InlineData(4, 3, 3, 8, 35, null)]
    [InlineData(4, 3, 3, 8, 36, 11)]
    [InlineData(0, 3, 3, 8, 0, null)]
    public void Constructor_DisagreeingArguments_Throws(int width, int height, int channels, int bits, int samples, int? alpha) =>
        Assert.ThrowsAny<ArgumentException>(() =>
            new Picture(width, height, channels, bits, new float[samples], alpha is { } count ? new float[count] : null));

    [Fact]
    public void Plane_OfChannel_IsThatChannel() =>
        Assert.Equal([3f, 4f], new Picture(2, 1, 3, 8, [1, 2, 3, 4, 5, 6]).Plane(1).ToArray());

    [Fact]
    public void WritePng_TargetIsAFolder_ThrowsAndLeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("x.png"));

        Assert.ThrowsAny<Exception>(() => PictureWriter.WritePng(Samples.Smooth(8, 8), folder.File("x.png")));

        Assert.Equal([folder.File("x.png")], Directory.GetFileSystemEntries(folder.Path));
    }
}
