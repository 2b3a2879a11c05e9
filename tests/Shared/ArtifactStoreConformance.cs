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

    [Theory]
    [InlineData(0, 3, "012")]
    [InlineData(4, 1, "4")]
    [InlineData(7, 100, "789")]
    [InlineData(0, 100, "0123456789")]
    [InlineData(10, 1, "")]
    [InlineData(1000, 5, "")]
    public async Task Read_APart_GivesTheBytesThatThereAre(long offset, int count, string expected)
    {
        var store = CreateSut();
        await store.WriteVolatileAsync("a/b.bin", Bytes("0123456789"), Now);
        await store.WriteVolatileAsync("a/empty.bin", default, Now);

        Assert.Equal(Bytes(expected), await store.ReadAsync("a/b.bin", offset, count, Now));
        Assert.Equal(Bytes(""), await store.ReadAsync("a/empty.bin", offset, count, Now));
        Assert.Null(await store.ReadAsync("a/none.bin", offset, count, Now));
        Assert.Null(await store.ReadAsync("none/b.bin", offset, count, Now));
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

    [Fact]
    public async Task List_AFolder_HasWhatIsDirectlyInIt()
    {
        var store = CreateSut();
        Assert.Empty(Names(await store.ListAsync("album", Now)));
        await store.WriteVolatileAsync("album/one.png", Bytes("one"), Now);
        await store.WriteVolatileAsync("album/.dip.json", Bytes("{}"), Now);
        await store.WriteVolatileAsync("album/deep/two.png", Bytes("x"), Now);
        await store.WriteVolatileAsync("albums/three.png", Bytes("x"), Now);
        await store.WriteVolatileAsync("four.png", Bytes("x"), Now);

        var found = await store.ListAsync("album", Now);
        Assert.Equal(["album/.dip.json", "album/one.png", "deep/"], Names(found));
        var one = found.Files.Single(f => f.Path == "album/one.png");
        Assert.Equal(await store.FindAsync("album/one.png", Now), one);
        Assert.Equal(3, one.Length);
        Assert.Equal(["four.png", "album/", "albums/"], Names(await store.ListAsync("", Now)));
    }

    [Fact]
    public async Task List_WhileAFileIsWritten_DoesNotHaveIt()
    {
        var store = CreateSut();
        string[]? during = null;
        await store.WriteAsync("a/b.bin", s => s.Write(Bytes("x")), () => during = Names(store.ListAsync("a", Now).GetAwaiter().GetResult()), Now);

        Assert.Empty(during!);
        Assert.Equal(["a/b.bin"], Names(await store.ListAsync("a", Now)));
    }

    [Fact]
    public async Task List_TenThousandFiles_HasEachOnce()
    {
        var store = CreateSut();
        string[] paths = [.. Enumerable.Range(0, 10_000).Select(n => $"many/{n:00000}.png")];
        await Parallel.ForEachAsync(paths, Now, async (path, token) => await store.WriteVolatileAsync(path, Bytes(path), token));

        var found = await store.ListAsync("many", Now);
        Assert.Equal(paths, found.Files.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(found.Files, f => Assert.Equal("many/00000.png".Length, f.Length));
    }

    [Theory]
    [InlineData("Летний альбом/Москва, вид на реку.png")]
    [InlineData("with  spaces / and more .png")]
    [InlineData("100% + #1 & a=b;?'\"<x>/~!@$^()[]{}.png")]
    [InlineData("combining e\u0301 and \u00e9/🎞.png")]
    public async Task Names_OfAnyKind_AreKeptAsTheyAre(string path)
    {
        var store = CreateSut();
        await store.WriteAsync(path, s => s.Write(Bytes(path)), Now);
        Assert.True(await store.TryCreateAsync(path + ".claim", Bytes("claim"), Now));

        var folder = path[..path.IndexOf('/', StringComparison.Ordinal)];
        Assert.Equal(path, await ReadAsync(store, path));
        Assert.Equal(path, (await store.FindAsync(path, Now))!.Path);
        Assert.Equal([path, path + ".claim"], Names(await store.ListAsync(folder, Now)));
        Assert.Contains(folder, (await store.ListAsync("", Now)).Folders);
        await store.DeleteFolderAsync(folder, Now);
        Assert.Null(await store.FindAsync(path, Now));
    }

    [Fact]
    public async Task Write_ByManyAtOnce_IsAlwaysOneOfTheirsAsAWhole()
    {
        var store = CreateSut();
        // Of other lengths, each of one byte throughout: half of one, or a mixture of two, would show.
        await store.WriteAsync("a/b.bin", s => Fill(s, 1, 100_000), Now);
        using var end = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (; !end.IsCancellationRequested || count == 0; count++)
            {
                await store.ReadAsync("a/b.bin", AssertWhole, Now);
            }

            return count;
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(1, 6).Select(n => Task.Run(async () =>
        {
            for (var round = 0; round < 15; round++)
            {
                await store.WriteAsync("a/b.bin", s => Fill(s, (byte)n, 100_000 * n), Now);
            }
        })));
        await end.CancelAsync();

        Assert.All(await Task.WhenAll(readers), count => Assert.InRange(count, 1, int.MaxValue));
        await store.ReadAsync("a/b.bin", AssertWhole, Now);
        Assert.Equal(1, await CountAsync("a"));
    }

    [Fact]
    public async Task Write_ALargeFile_ReplacesTheOldOneAtOnce()
    {
        // More than a server takes in one piece.
        const int Length = 13 << 20;
        var store = CreateSut();
        await store.WriteAsync("a/large.bin", s => Fill(s, 1, 100_000), Now);
        var before = "";
        await store.WriteAsync(
            "a/large.bin",
            s => Fill(s, 2, 100_000 * 2, Length),
            () => before = store.FindAsync("a/large.bin", Now).GetAwaiter().GetResult()!.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Now);

        Assert.Equal("100000", before);
        Assert.Equal(Length, (await store.FindAsync("a/large.bin", Now))!.Length);
        await store.ReadAsync("a/large.bin", s =>
        {
            var all = new MemoryStream();
            s.CopyTo(all);
            Assert.Equal(Length, all.Length);
            Assert.True(all.ToArray().AsSpan().IndexOfAnyExcept((byte)2) < 0);
        }, Now);
    }

    [Fact]
    public async Task Write_ALargeFile_GivenUp_LeavesNothing()
    {
        var store = CreateSut();
        await Assert.ThrowsAsync<InvalidDataException>(() => store.WriteAsync("a/large.bin", s =>
        {
            Fill(s, 1, 1000, 13 << 20);
            throw new InvalidDataException();
        }, Now));

        Assert.Null(await store.FindAsync("a/large.bin", Now));
        Assert.Equal(0, await CountAsync("a"));
    }

    [Fact]
    public async Task TryCreate_OnceItIsRemoved_SucceedsAgain()
    {
        var store = CreateSut();
        Assert.True(await store.TryCreateAsync("claims/one.json", Bytes("first"), Now));
        Assert.False(await store.TryCreateAsync("claims/one.json", Bytes("second"), Now));
        await store.DeleteFolderAsync("claims", Now);
        Assert.True(await store.TryCreateAsync("claims/one.json", Bytes("third"), Now));
        await store.WriteVolatileAsync("claims/one.json", Bytes("taken over"), Now);
        Assert.False(await store.TryCreateAsync("claims/one.json", Bytes("fourth"), Now));
        Assert.Equal("taken over", await ReadAsync(store, "claims/one.json"));
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
        await Assert.ThrowsAsync<ArtifactPathException>(() => store.FoldersAsync(path, Now));
        if (path.Length > 0)
        {
            await Assert.ThrowsAsync<ArtifactPathException>(() => store.ListAsync(path, Now));
        }
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

    /// <summary>
    /// Figures of docs/operations.md: <c>./test Storage -explicit only -method '*Listing*' -showLiveOutput</c>, and the same of Storage.S3.
    /// </summary>
    [Theory(Explicit = true)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public async Task Listing_ManyFiles_Measured(int files)
    {
        var store = CreateSut();
        await Parallel.ForAsync(0, files, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Now }, async (n, token) =>
            await store.WriteVolatileAsync($"box {n / 1000:000}/scan {n:000000}.tif", Bytes("x"), token));

        // Folder by folder, a thousand in each, as watched folders and archives are listed.
        var (listed, began, processor) = (0, System.Diagnostics.Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        foreach (var folder in (await store.ListAsync("", Now)).Folders)
        {
            listed += (await store.ListAsync(folder, Now)).Files.Count;
        }

        var (time, used) = (System.Diagnostics.Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - processor);
        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant(
            $"{files:N0} files in folders of 1,000: {time.TotalSeconds:0.00} s, {files / time.TotalSeconds:N0} a second, {used.TotalMicroseconds / files:0.0} µs of this process's processor for each"));
        Assert.Equal(files, listed);
    }

    [Fact]
    public async Task IsEmpty_UntilThereIsAFile()
    {
        var store = CreateSut();
        Assert.Equal((true, false), (await store.IsEmptyAsync(Now), await store.HasFilesAsync(Now)));
        await store.WriteAsync("a/b.bin", _ => { }, Now);
        Assert.Equal((false, true), (await store.IsEmptyAsync(Now), await store.HasFilesAsync(Now)));
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

    // Files by path, then folders by name, each with a slash.
    private static string[] Names(FolderPage page) =>
        [.. page.Files.Select(f => f.Path).Order(StringComparer.Ordinal), .. page.Folders.Select(f => f + "/").Order(StringComparer.Ordinal)];

    private static void Fill(Stream to, byte value, int piece, int length = 0)
    {
        var bytes = new byte[piece];
        Array.Fill(bytes, value);
        for (var left = Math.Max(length, piece); left > 0; left -= piece)
        {
            to.Write(bytes, 0, Math.Min(left, piece));
        }
    }

    private static void AssertWhole(Stream from)
    {
        using var all = new MemoryStream();
        from.CopyTo(all);
        var bytes = all.ToArray();
        Assert.Equal(bytes.Length, 100_000 * bytes[0]);
        Assert.True(bytes.AsSpan().IndexOfAnyExcept(bytes[0]) < 0);
    }
}
