using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

public class PictureResizerTests
{
    [Fact]
    public void ResizeAlpha_Step_StaysInRangeAndKeepsItsEnds()
    {
        float[] step = [.. Enumerable.Range(0, 64).Select(n => n % 8 < 4 ? 0f : 1f)];

        var resized = PictureResizer.ResizeAlpha(step, 8, 8, 32, 16);

        Assert.Equal(32 * 16, resized.Length);
        Assert.All(resized, value => Assert.InRange(value, 0f, 1f));
        Assert.Equal((0f, 1f), (resized[0], resized[31]));
    }

    [Fact]
    public void Enlarge_WithAlpha_EnlargesBoth()
    {
        var enlarged = PictureResizer.Enlarge(Samples.Noise(8, 9, bitDepth: 16, alpha: true), 3);

        Assert.Equal((24, 27, 3, 16), (enlarged.Width, enlarged.Height, enlarged.Channels, enlarged.BitDepth));
        Assert.Equal(24 * 27, enlarged.Alpha!.Length);
    }
}
