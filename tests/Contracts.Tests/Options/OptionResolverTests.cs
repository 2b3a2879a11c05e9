using DipPipeline.Contracts.Options;

namespace DipPipeline.Contracts.Tests.Options;

public sealed class OptionResolverTests
{
    [Fact]
    public void Resolve_NothingGiven_DefaultsUnderTheDefaultPresetInSchemaOrder()
    {
        var options = Schema.Resolve();

        Assert.Equal(Schema.Task.Options.Select(o => o.Name), options.Values.Select(v => v.Key));
        Assert.Equal("4", options.Text("factor"));
        Assert.Equal(200, options.Integer("iterations"));
    }

    [Fact]
    public void Resolve_PresetAndOverride_TheNearestWins()
    {
        var options = Schema.Resolve("fast", ("iterations", "77"));

        Assert.Equal(77, options.Integer("iterations"));
        Assert.Equal("lanczos2", options.Text("kernel"));
        Assert.Equal(0.01, options.Number("learning-rate"));
    }

    [Fact]
    public void Resolve_SameNameTwice_TheLastWins() =>
        Assert.Equal(9, Schema.Resolve(null, ("iterations", "8"), ("iterations", "9")).Integer("iterations"));

    [Theory]
    [InlineData("iterations", "+50", "50")]
    [InlineData("iterations", " 007 ", "7")]
    [InlineData("factor", "8", "8")]
    [InlineData("learning-rate", "1e-3", "0.001")]
    [InlineData("learning-rate", "1.50", "1.5")]
    [InlineData("learning-rate", "-0", "0")]
    [InlineData("noise-sigma", "auto", "auto")]
    [InlineData("noise-sigma", "25", "25")]
    [InlineData("sigmoid", "false", "false")]
    [InlineData("kernel", "lanczos2", "lanczos2")]
    [InlineData("channels", "4", "4")]
    [InlineData("channels", "4, 08 ,64", "4,8,64")]
    public void Resolve_AcceptedText_IsCanonical(string name, string text, string canonical) =>
        Assert.Equal(canonical, Schema.Resolve(null, (name, text)).Text(name));

    [Theory]
    [InlineData("iterations", "0", "a whole number from 1 to 1000")]
    [InlineData("iterations", "1001", "a whole number from 1 to 1000")]
    [InlineData("iterations", "1.5", "a whole number from 1 to 1000")]
    [InlineData("iterations", "99999999999", "a whole number from 1 to 1000")]
    [InlineData("iterations", "auto", "a whole number from 1 to 1000")]
    [InlineData("factor", "5", "2, 3, 4, 8")]
    [InlineData("learning-rate", "-1", "a number from 0 to 10")]
    [InlineData("learning-rate", "NaN", "a number from 0 to 10")]
    [InlineData("learning-rate", "Infinity", "a number from 0 to 10")]
    [InlineData("learning-rate", "0,01", "a number from 0 to 10")]
    [InlineData("noise-sigma", "-1", "a number of at least 0, or auto")]
    [InlineData("sigmoid", "yes", "true or false")]
    [InlineData("kernel", "lanczos9", "box, lanczos2")]
    [InlineData("kernel", "", "box, lanczos2")]
    [InlineData("channels", "", "whole numbers from 1 to 64 separated by commas")]
    [InlineData("channels", "4,", "whole numbers from 1 to 64 separated by commas")]
    [InlineData("channels", "4,65", "whole numbers from 1 to 64 separated by commas")]
    public void Resolve_RefusedValue_QuotesItAndSaysWhatWouldBeAccepted(string name, string text, string accepted)
    {
        var refused = Assert.Throws<InvalidOptionsException>(() => Schema.Resolve(null, (name, text)));

        Assert.Equal($"Option '{name}' is '{text}'; accepted: {accepted}.", refused.Message);
    }

    [Fact]
    public void Resolve_UnknownOption_NamesTheNearest()
    {
        var refused = Assert.Throws<InvalidOptionsException>(() => Schema.Resolve(null, ("iteration", "5")));

        Assert.Equal("Task 'sharpen' has no option 'iteration' (did you mean 'iterations'?).", refused.Message);
    }

    [Fact]
    public void Resolve_UnknownOptions_ThoseLikeNoOtherAreGivenApart()
    {
        var refused = Assert.Throws<InvalidOptionsException>(() => Schema.Resolve(null, ("iteration", "5"), ("colour", "red")));

        Assert.Equal("Task 'sharpen' has no option 'colour'.", refused.Errors[1]);
        Assert.Equal(["colour"], refused.UnknownOptions);
    }

    [Fact]
    public void Resolve_UnknownPreset_NamesTheNearestAndAll()
    {
        var refused = Assert.Throws<InvalidOptionsException>(() => Schema.Resolve("fats"));

        Assert.Equal("Task 'sharpen' has no preset 'fats' (did you mean 'fast'?); it has balanced, fast.", refused.Message);
    }

    [Fact]
    public void Resolve_SeveralErrors_ReportsAllAtOnce()
    {
        var refused = Assert.Throws<InvalidOptionsException>(
            () => Schema.Resolve("slow", ("factor", "5"), ("colour", "red"), ("kernel", "box")));

        Assert.Equal(3, refused.Errors.Count);
        Assert.Contains("'slow'", refused.Errors[0], StringComparison.Ordinal);
        Assert.Contains("'5'", refused.Errors[1], StringComparison.Ordinal);
        Assert.Contains("'colour'", refused.Errors[2], StringComparison.Ordinal);
        Assert.All(refused.Errors, error => Assert.Contains(error, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void OptionSet_EveryType_ReadsBack()
    {
        var options = Schema.Resolve(null, ("channels", "4,8"), ("sigmoid", "false"), ("noise-sigma", "12.5"));

        Assert.Equal([4, 8], options.Integers("channels"));
        Assert.False(options.Flag("sigmoid"));
        Assert.Equal(12.5, options.NumberOrAuto("noise-sigma"));
        Assert.Null(Schema.Resolve().NumberOrAuto("noise-sigma"));
        Assert.Throws<KeyNotFoundException>(() => options.Text("colour"));
    }
}
