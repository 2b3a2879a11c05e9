namespace DipPipeline.Storage.Tests;

public sealed class LocalArtifactStoreTests : ArtifactStoreConformance, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-storage-").FullName;

    private string Root => Path.Join(_folder, "root");

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("../outside", false)]
    [InlineData("inside", true)]
    public async Task Write_ThroughALink_StaysWithinTheRoot(string target, bool isWithin)
    {
        var store = CreateSut();
        Directory.CreateDirectory(Path.Join(_folder, "outside"));
        Directory.CreateDirectory(Path.Join(Root, "inside"));
        Directory.CreateSymbolicLink(Path.Join(Root, "link"), target);

        if (isWithin)
        {
            await store.WriteAsync("link/a.bin", s => s.Write(Bytes("x")), Now);
            Assert.Equal("x", await ReadAsync(store, "inside/a.bin"));
        }
        else
        {
            var refused = await Assert.ThrowsAsync<ArtifactPathException>(() => store.WriteAsync("link/a.bin", s => s.Write(Bytes("x")), Now));
            Assert.Contains("leads out of the storage", refused.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(Path.Join(_folder, "outside")));
        }
    }

    [Fact]
    public async Task HasFiles_FoldersAlone_AreNone_AFileOrALinkInThemIsOne()
    {
        var store = CreateSut();
        Directory.CreateDirectory(Path.Join(Root, "album"));
        Directory.CreateDirectory(Path.Join(Root, "denoise/album"));
        Assert.False(await store.HasFilesAsync(Now));

        Directory.CreateSymbolicLink(Path.Join(Root, "denoise/album/elsewhere"), _folder);
        Assert.True(await store.HasFilesAsync(Now));

        Directory.Delete(Path.Join(Root, "denoise/album/elsewhere"));
        await File.WriteAllTextAsync(Path.Join(Root, "denoise/album/photo.png"), "x", Now);
        Assert.True(await store.HasFilesAsync(Now));
    }

    [Fact]
    public async Task List_LinksThatLeadOut_AreLeftOut()
    {
        var store = CreateSut();
        Directory.CreateDirectory(Path.Join(_folder, "outside"));
        await store.WriteVolatileAsync("a.bin", Bytes("x"), Now);
        File.CreateSymbolicLink(Path.Join(Root, "within.bin"), "a.bin");
        Directory.CreateSymbolicLink(Path.Join(Root, "out"), "../outside");

        var found = await store.ListAsync("", Now);

        Assert.Equal(["a.bin", "within.bin"], found.Files.Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.Empty(found.Folders);
    }

    [Fact]
    public async Task Root_ThatIsALinkItself_IsFine()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateSymbolicLink(Path.Join(_folder, "link"), Root);

        await new LocalArtifactStore(Path.Join(_folder, "link")).WriteAsync("a.bin", s => s.Write(Bytes("x")), Now);

        Assert.True(File.Exists(Path.Join(Root, "a.bin")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    protected override IArtifactStore CreateSut() => new LocalArtifactStore(Root);

    protected override Task<int> CountAsync(string folder) => Task.FromResult(Directory.Exists(Path.Join(Root, folder)) ? Directory.GetFiles(Path.Join(Root, folder), "*", SearchOption.AllDirectories).Length : 0);
}
