using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tests.Options;

namespace DipPipeline.Contracts.Tests.Jobs;

public sealed class JobIdTests
{
    private static readonly KeyValuePair<string, string> Mask = new("mask", new string('b', 64));
    private static readonly KeyValuePair<string, string> Guide = new("guide", new string('c', 64));

    [Fact]
    public void Derive_SameWork_SameIdOf32HexadecimalDigits()
    {
        Assert.Equal(Derive(), Derive());
        Assert.Matches("^[0-9a-f]{32}$", Derive());
    }

    [Fact]
    public void Derive_KnownWork_IdOfRecord() =>
        // Ids are kept in catalogues and beside results: a change of the derivation must be a decision.
        Assert.Equal("abb3764d7f7e85db2bdbd6d0837e846e", Derive());

    [Fact]
    public void Derive_CompanionsInOtherOrder_SameId() =>
        Assert.Equal(Derive(companions: [Mask, Guide]), Derive(companions: [Guide, Mask]));

    [Fact]
    public void Derive_OptionsSpelledOtherwise_SameId() =>
        Assert.Equal(Derive(options: Schema.Resolve(null, ("learning-rate", "0.02"))), Derive(options: Schema.Resolve(null, ("learning-rate", "2e-2"))));

    [Fact]
    public void Derive_AnyChange_ChangesTheId()
    {
        string[] ids =
        [
            Derive(),
            Derive(picture: new string('d', 64)),
            Derive(companions: []),
            Derive(companions: [new("mask", new string('d', 64))]),
            Derive(companions: [new("guide", Mask.Value)]),
            Derive(companions: [Mask, Guide]),
            Derive(task: "denoise"),
            Derive(version: "2.1.1"),
            Derive(options: Schema.Resolve("fast")),
            Derive(options: Schema.Resolve(null, ("factor", "2"))),
            Derive(seed: 1),
            Derive(seed: -1),
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    private static string Derive(
        string? picture = null, KeyValuePair<string, string>[]? companions = null, string task = "sharpen",
        string version = "2.1.0", OptionSet? options = null, long seed = 0) =>
        JobId.Derive(picture ?? new string('a', 64), companions ?? [Mask], task, version, options ?? Schema.Resolve(), seed);
}
