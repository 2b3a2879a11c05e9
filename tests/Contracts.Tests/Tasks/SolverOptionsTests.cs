using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Contracts.Tests.Tasks;

public sealed class SolverOptionsTests
{
    private static readonly OptionDescriptor Own = new() { Name = "factor", Type = OptionType.Integer, Default = "4", Help = "Factor." };

    [Fact]
    public void All_EveryDefault_IsAcceptedAndCanonical() =>
        Assert.All(SolverOptions.All, o => Assert.Equal(o.Default, OptionResolver.Canonical(o, o.Default)));

    [Fact]
    public void All_Names_AreUniqueLowerCaseWords()
    {
        Assert.Equal(SolverOptions.All.Count, SolverOptions.All.Select(o => o.Name).Distinct().Count());
        Assert.All(SolverOptions.All, o => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", o.Name));
    }

    [Theory]
    [InlineData("tile", "off", "off")]
    [InlineData("tile", "auto", "auto")]
    [InlineData("tile", "0512", "512")]
    [InlineData("tile", "63", null)]
    [InlineData("tile-overlap", "off", null)]
    [InlineData("tiles-at-once", "auto", "auto")]
    [InlineData("networks-at-once", "auto", "auto")]
    [InlineData("tiles-at-once", "0", null)]
    [InlineData("networks-at-once", "0", null)]
    [InlineData("memory", "2048", "2048")]
    public void All_TilesAndMemory_AcceptWhatTheySay(string name, string text, string? canonical) =>
        Assert.Equal(canonical, OptionResolver.Canonical(SolverOptions.All.Single(o => o.Name == name), text));

    [Fact]
    public void Accepted_OfTiles_NamesBothWords() => Assert.EndsWith("auto or off", SolverOptions.All.Single(o => o.Name == "tile").Accepted, StringComparison.Ordinal);

    [Fact]
    public void WithDefaults_ADefaultAndAnOwnOption_ReplacesOneAndAppendsTheOther()
    {
        var options = SolverOptions.WithDefaults(new Dictionary<string, string> { ["iterations"] = "500" }, Own);

        Assert.Equal("500", options.Single(o => o.Name == "iterations").Default);
        Assert.Same(Own, options[^1]);
        Assert.Equal(SolverOptions.All.Count + 1, options.Count);
        Assert.Equal(
            SolverOptions.All.Where(o => o.Name != "iterations"), options.SkipLast(1).Where(o => o.Name != "iterations"));
    }

    [Fact]
    public void WithDefaults_TextNotCanonical_IsMadeCanonical() =>
        Assert.Equal("0.001", SolverOptions.WithDefaults(new Dictionary<string, string> { ["learning-rate"] = "1e-3" })
            .Single(o => o.Name == "learning-rate").Default);

    [Theory]
    [InlineData("iteration", "500", "'iteration'")]
    [InlineData("iterations", "0", "'0'")]
    public void WithDefaults_UnknownNameOrRefusedValue_ArgumentException(string name, string value, string quoted)
    {
        var error = Assert.Throws<ArgumentException>(() => SolverOptions.WithDefaults(new Dictionary<string, string> { [name] = value }));

        Assert.Contains(quoted, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithDefaults_OwnOptionOfTheEnginesName_ArgumentException() =>
        Assert.Throws<ArgumentException>(() => SolverOptions.WithDefaults(new Dictionary<string, string>(), Own with { Name = "iterations" }));
}
