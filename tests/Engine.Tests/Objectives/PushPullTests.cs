using DipPipeline.Engine.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Objectives;

public sealed class PushPullTests
{
    [Theory]
    [InlineData(33, 47)]
    [InlineData(64, 64)]
    [InlineData(1, 5)]
    public void Fill_OfAConstantWithOnePixelKnown_IsTheConstant(int height, int width)
    {
        using var scope = NewDisposeScope();
        var known = zeros(1, 1, height, width);
        known[0, 0, height / 3, width / 3] = 1;
        var filled = PushPull.Fill(full([1, 3, height, width], 0.7f), known);
        Assert.True((filled - 0.7f).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void Fill_KnownPixels_KeepTheirValues()
    {
        using var scope = NewDisposeScope();
        var (picture, known) = (rand(1, 3, 20, 31), (rand(1, 1, 20, 31) < 0.3).to(float32));
        Assert.Equal((picture * known).bytes.ToArray(), (PushPull.Fill(picture, known) * known).bytes.ToArray());
        Assert.Equal(picture.bytes.ToArray(), PushPull.Fill(picture, ones_like(known)).bytes.ToArray());
    }

    /// <summary>A wide hole in a ramp: from one border's values to the other's, and closer to the ramp than its mean is.</summary>
    [Fact]
    public void Fill_AWideHoleInARamp_GoesFromBorderToBorder()
    {
        using var scope = NewDisposeScope();
        var ramp = linspace(0, 1, 96).view(1, 1, 1, 96).expand(1, 1, 96, 96).contiguous();
        var known = ones(1, 1, 96, 96);
        known[.., .., 28..68, 28..68] = 0;
        var filled = PushPull.Fill(ramp, known);
        var hole = filled[0, 0, 48, 28..68];
        Assert.True((hole[1..] - hole[..^1]).min().item<float>() > -1e-4);
        Assert.InRange((hole[1..] - hole[..^1]).max().item<float>(), 0, 0.06);
        Assert.True((hole - ramp[0, 0, 48, 28..68]).abs().mean().item<float>() < 0.5 * (hole.mean() - ramp[0, 0, 48, 28..68]).abs().mean().item<float>());
    }

    [Fact]
    public void Fill_NothingKnown_IsBlack()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, PushPull.Fill(ones(1, 3, 8, 8), zeros(1, 1, 8, 8)).abs().max().item<float>());
    }
}
