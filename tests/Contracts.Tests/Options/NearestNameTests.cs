using DipPipeline.Contracts.Options;

namespace DipPipeline.Contracts.Tests.Options;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["denoise", "inpaint", "superres"];

    [Theory]
    [InlineData("denoise", "denoise")]
    [InlineData("denoize", "denoise")]
    [InlineData("inpainting", "inpaint")]
    [InlineData("super-res", "superres")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void Find_Name_NearestWithinAThirdOfItsLength(string given, string? expected) =>
        Assert.Equal(expected, NearestName.Find(given, Names));

    [Fact]
    public void Find_NoNames_Nothing() => Assert.Null(NearestName.Find("denoise", []));

    [Fact]
    public void Hint_Near_AsksAndFar_IsSilent()
    {
        Assert.Equal(" (did you mean 'denoise'?)", NearestName.Hint("denose", Names));
        Assert.Equal("", NearestName.Hint("colourise", Names));
    }
}
