using DipPipeline.Storage.Tests;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Storage.S3.Tests;

/// <summary>What every store must do, done by a server that has conditional writes, and by one that has none.</summary>
public abstract class S3ArtifactStoreTests(bool isConditional, ConditionalWrites writes) : ArtifactStoreConformance, IAsyncLifetime
{
    private readonly string _prefix = $"conformance {Guid.NewGuid():N}";
    private S3Server _server = null!;

    public async ValueTask InitializeAsync() => _server = await S3Server.GetAsync(isConditional);

    // What is left goes with the server.
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Write_ALargeFile_GivenUp_AbortsItsParts()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => CreateSut().WriteAsync("large.bin", s =>
        {
            s.Write(new byte[12 << 20]);
            Assert.Equal(1, _server.UnfinishedUploads(_prefix + "/large.bin"));
            throw new InvalidDataException();
        }, TestContext.Current.CancellationToken));

        Assert.Equal(0, _server.UnfinishedUploads(_prefix + "/large.bin"));
    }

    [Fact]
    public async Task List_NamesThatXmlHasNoPlaceFor_AreListedAsTheyAre()
    {
        var store = CreateSut();
        string[] names = ["a\u0001b.png", "c d+e%20f&g.png", "тень.png"];
        foreach (var name in names)
        {
            await store.WriteVolatileAsync($"odd/{name}", new byte[1], TestContext.Current.CancellationToken);
            await store.WriteVolatileAsync($"odd/in {name}/one.png", new byte[1], TestContext.Current.CancellationToken);
        }

        var page = await store.ListAsync("odd", TestContext.Current.CancellationToken);
        Assert.Equal(names.Select(n => $"odd/{n}").Order(StringComparer.Ordinal), page.Files.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.Equal(names.Select(n => $"in {n}").Order(StringComparer.Ordinal), page.Folders.Order(StringComparer.Ordinal));
        Assert.Equal(page.Folders.Order(StringComparer.Ordinal), (await store.FoldersAsync("odd", TestContext.Current.CancellationToken)).Select(f => f.Name).Order(StringComparer.Ordinal));
        await store.DeleteFolderAsync("odd", TestContext.Current.CancellationToken);
        Assert.Empty((await store.ListAsync("odd", TestContext.Current.CancellationToken)).Files);
    }

    protected override IArtifactStore CreateSut() =>
        new S3ArtifactStore(_server.Client(), new S3Root(S3Server.Bucket, _prefix), new S3Options { ConditionalWrites = writes, PartBytes = 5 << 20 }, TimeProvider.System);

    protected override async Task<int> CountAsync(string folder) => (await _server.KeysAsync($"{_prefix}/{folder}/")).Count;
}

public sealed class S3PartsTests
{
    [Theory]
    [InlineData(0, 4, 4)]
    [InlineData(100_000, 1000, 101_000)]
    [InlineData(9_999_990, 1000, 10_000_000)]
    public async Task Part_OfAStream_ReadsNoFurther(int offset, int count, int end)
    {
        using var whole = new MemoryStream(new byte[10_000_000]);
        Assert.Equal(end - offset, (await S3Bucket.PartAsync(whole, new(offset, offset + count - 1), TestContext.Current.CancellationToken)).Length);
        Assert.Equal(end, whole.Position);
    }
}

public sealed class S3NamesTests
{
    [Theory]
    [InlineData("a b+.png", true)]
    [InlineData("a\u0001b.png", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b.png", false)]
    [InlineData("a\0b.png", false)]
    public void IsName_OfWhatNoFileCanBeCalled_IsFalse(string name, bool isName) => Assert.Equal(isName, S3ArtifactStore.IsName(name));
}

public sealed class ConditionalS3Tests() : S3ArtifactStoreTests(isConditional: true, ConditionalWrites.Yes);

public sealed class ElectedS3Tests() : S3ArtifactStoreTests(isConditional: false, ConditionalWrites.No);
