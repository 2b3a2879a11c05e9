using System.Text;

namespace DipPipeline.Storage.Tests;

/// <summary>What every store must do, wherever it keeps its files.</summary>
public abstract class ArtifactStoreConformance
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ThenRead_GivesTheBytes()
    {
        var store = CreateSut();
        await store.WriteAsync("a/b/c.bin", s => s.Write(Bytes("one")), Now);
        await store.WriteAsync("a/b/c.bin", s => s.Write(Bytes("two")), Now);

        Assert.Equal("two", await ReadAsync(store, "a/b/c.bin"));
        var found = await store.FindAsync("a/b/c.bin", Now);
        Assert.Equal(("a/b/c.bin", 3L), (found!.Path, found.Length));
    }

    [Fact]
    public async Task Write_FailsHalfWay_LeavesTheOldFileAndNothingElse()
    {
        var store = CreateSut();
        await store.WriteAsync("a/b.bin", s => s.Write(Bytes("whole")), Now);

        await Assert.ThrowsAsync<InvalidDataException>(() => store.WriteAsync("a/b.bin", s =>
        {
            s.Write(Bytes("half"));
            throw new InvalidDataException();
        }, Now));

        Assert.Equal("whole", await ReadAsync(store, "a/b.bin"));
        Assert.Equal(1, await CountAsync("a"));
    }

    [Fact]
    public async Task Read_AFileOrNothing_IsItsBytesOrNull()
    {
        var store = CreateSut();
        await store.WriteVolatileAsync("a/b.bin", Bytes("all of it"), Now);

        Assert.Equal(Bytes("all of it"), await store.ReadAsync("a/b.bin", Now));
        Assert.Null(await store.ReadAsync("a/c.bin", Now));
        Assert.Null(await store.ReadAsync("none/c.bin", Now));
    }

    [Fact]
    public async Task Find_AFolderOrNothing_IsNull()
    {
        var store = CreateSut();
        await store.WriteVolatileAsync("a/b.bin", Bytes("x"), Now);

        Assert.Null(await store.FindAsync("a", Now));
        Assert.Null(await store.FindAsync("a/c.bin", Now));
        Assert.Null(await store.FindAsync("none/c.bin", Now));
    }

    [Fact]
    public async Task Read_Nothing_SaysFileNotFound()
    {
        var store = CreateSut();
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.ReadAsync("a.bin", _ => { }, Now));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.ReadAsync("none/a.bin", _ => { }, Now));
    }

    [Fact]
    public async Task TryCreate_ManyAtOnce_OneSucceeds()
    {
        var store = CreateSut();
        for (var round = 0; round < 20; round++)
        {
            var path = $"claims/{round}.json";
            var wins = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => store.TryCreateAsync(path, Bytes($"{n}"), Now)));

            Assert.Single(wins, won => won);
            Assert.Equal($"{Array.IndexOf(wins, true)}", await ReadAsync(store, path));
        }

        Assert.Equal(20, await CountAsync("claims"));
    }

    [Fact]
    public async Task Delete_ThereOrNot_IsFine()
    {
        var store = CreateSut();
        await store.WriteVolatileAsync("a/b.bin", Bytes("x"), Now);
        await store.WriteVolatileAsync("a/deep/c.bin", Bytes("x"), Now);

        await store.DeleteAsync("a/b.bin", Now);
        await store.DeleteAsync("a/b.bin", Now);
        await store.DeleteAsync("none/b.bin", Now);
        Assert.Null(await store.FindAsync("a/b.bin", Now));

        await store.DeleteFolderAsync("a", Now);
        await store.DeleteFolderAsync("a", Now);
        Assert.Null(await store.FindAsync("a/deep/c.bin", Now));
    }

    [Fact]
    public async Task Folders_AreThoseDirectlyInTheFolder()
    {
        var store = CreateSut();
        Assert.Empty(await store.FoldersAsync("jobs", Now));
        await store.WriteVolatileAsync("jobs/one/a.bin", Bytes("x"), Now);
        await store.WriteVolatileAsync("jobs/two/deep/a.bin", Bytes("x"), Now);

        Assert.Equal(["one", "two"], (await store.FoldersAsync("jobs", Now)).Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    public async Task AnyOperation_APathThatIsNotWithin_IsRefused(string path)
    {
        var store = CreateSut();
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.ReadAsync(path, _ => { }, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.ReadAsync(path, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.FindAsync(path, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.WriteAsync(path, _ => { }, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.TryCreateAsync(path, default, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.DeleteAsync(path, Now));
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.DeleteFolderAsync(path, Now));
    }

    [Fact]
    public async Task Write_Cancelled_LeavesNothing()
    {
        var store = CreateSut();
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.WriteAsync("a/b.bin", s =>
        {
            s.Write(Bytes("x"));
            cancel.Cancel();
        }, cancel.Token));

        Assert.Null(await store.FindAsync("a/b.bin", Now));
    }

    [Fact]
    public async Task Write_Naming_IsAskedWhenAllIsWritten_AndStopsIt()
    {
        var store = CreateSut();
        await store.WriteAsync("a/b.bin", s => s.Write(Bytes("old")), Now);
        var isWritten = false;
        var stopped = await Assert.ThrowsAsync<InvalidOperationException>(() => store.WriteAsync(
            "a/b.bin",
            s =>
            {
                s.Write(Bytes("new"));
                isWritten = true;
            },
            () => throw new InvalidOperationException($"{isWritten} {ReadAsync(store, "a/b.bin").GetAwaiter().GetResult()}"),
            Now));

        Assert.Equal("True old", stopped.Message);
        Assert.Equal("old", await ReadAsync(store, "a/b.bin"));
        Assert.Equal(1, await CountAsync("a"));
    }

    [Fact]
    public async Task IsEmpty_UntilThereIsAFile()
    {
        var store = CreateSut();
        Assert.True(await store.IsEmptyAsync(Now));
        await store.WriteAsync("a/b.bin", _ => { }, Now);
        Assert.False(await store.IsEmptyAsync(Now));
    }

    /// <summary>An empty store.</summary>
    protected abstract IArtifactStore CreateSut();

    /// <summary>Files anywhere below a folder of the store, whatever their names.</summary>
    protected abstract Task<int> CountAsync(string folder);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static async Task<string> ReadAsync(IArtifactStore store, string path)
    {
        var text = "";
        await store.ReadAsync(path, stream => text = new StreamReader(stream).ReadToEnd(), Now);
        return text;
    }
}
