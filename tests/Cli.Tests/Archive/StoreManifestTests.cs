using DipPipeline.Cli.Archive;
using DipPipeline.Contracts;
using DipPipeline.Storage;
using DipPipeline.Tests;

namespace DipPipeline.Cli.Tests.Archive;

public sealed class StoreManifestTests : IDisposable
{
    private readonly Dip _dip = new();
    private readonly HookedStore _store;

    public StoreManifestTests()
    {
        _dip.AddFiles(
            "in/scans/b.tif", "in/scans/a.png", "in/scans/a.mask.png", "in/scans/box 2/c.JPG", "in/scans/box 1/d.png", "in/scans/.hidden.png", "in/scans/notes.txt",
            "in/scans/@eaDir/e.png", "in/scans/.dip/f.png", "in/scans/restored/g.png", "in/other/h.png");
        _store = new HookedStore(new LocalArtifactStore(Path.Join(_dip.Folder, "in")));
    }

    public void Dispose() => _dip.Dispose();

    [Fact]
    public void Rows_OfAPrefix_AreItsPicturesByName()
    {
        var rows = CreateSut("scans").Rows().ToList();

        Assert.Equal(["scans/a.png", "scans/b.tif", "scans/box 1/d.png", "scans/box 2/c.JPG"], rows.Select(r => r.Path));
        Assert.Equal([1, 2, 3, 4], rows.Select(r => r.Line));
    }

    [Fact]
    public void Rows_OfTheWholeStore_AreAllPictures() =>
        Assert.Equal(["other/h.png", "scans/a.png", "scans/b.tif", "scans/box 1/d.png", "scans/box 2/c.JPG"], CreateSut("").Rows().Select(r => r.Path));

    public static TheoryData<Exception, string> Faults => new()
    {
        { new StorageUnavailableException("s3://bucket/scans/box 2", new IOException("It is away.")), "It is away." },
        { new UnauthorizedAccessException("It may not be listed."), "It may not be listed." },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Rows_AFolderCannotBeListed_AreRefused(Exception fault, string why)
    {
        _store.Before = path => _ = path == "scans/box 2" ? throw fault : path;

        var refused = Assert.Throws<RefusedException>(() => CreateSut("scans").Rows().Count());

        Assert.EndsWith($"box 2' cannot be looked through: {why}", refused.Message, StringComparison.Ordinal);
    }

    private StoreManifest CreateSut(string prefix) => new($"s3://bucket/{prefix}", prefix, _store, FixtureTasks.Inpaint, "scans/restored", TestContext.Current.CancellationToken);
}
