using DipPipeline.Cli.Archive;
using DipPipeline.Engine.Imaging;
using DipPipeline.Storage;
using DipPipeline.Tests;

namespace DipPipeline.Cli.Tests.Archive;

public sealed class SampledPictureTests : IDisposable
{
    private const int Megabyte = 1_000_000;

    private readonly Dip _dip = new();
    private readonly HookedStore _store;
    private int _asked;

    public SampledPictureTests() => _store = new HookedStore(new LocalArtifactStore(Path.Join(_dip.Folder, "in"))) { Before = _ => _asked++ };

    public void Dispose() => _dip.Dispose();

    [Fact]
    public async Task Probe_ALargePicture_ReadsItsHeaderAlone()
    {
        PictureWriter.WritePng(new Picture(40, 30, 1, 8, new float[1200]), At("a.png"));
        await File.AppendAllTextAsync(At("a.png"), new string('x', Megabyte), TestContext.Current.CancellationToken);

        Assert.Equal(1200, (await ProbeAsync("a.png"))!.Pixels);
        // It was looked for, and nothing but the part was read.
        Assert.Equal(("a.png", 2), (Assert.Single(_store.Parts).Path, _asked));
        Assert.InRange(_store.Parts.Single().Bytes, 1, Megabyte / 10);
    }

    [Fact]
    public async Task Probe_ATiffWhoseDirectoryIsAtItsEnd_ReadsBothEnds()
    {
        // Little-endian; the directory, of width and height and kind, behind a megabyte of pixels.
        byte[] begin = [(byte)'I', (byte)'I', 42, 0, .. BitConverter.GetBytes(8 + Megabyte)];
        byte[] directory = [6, 0, .. Entry(256, 40), .. Entry(257, 30), .. Entry(258, 8), .. Entry(262, 1), .. Entry(273, 8), .. Entry(279, Megabyte), 0, 0, 0, 0];
        await File.WriteAllBytesAsync(At("a.tif"), [.. begin, .. new byte[Megabyte], .. directory], TestContext.Current.CancellationToken);

        Assert.Equal(1200, (await ProbeAsync("a.tif"))!.Pixels);
        Assert.InRange(_store.Parts.Count, 2, 3);

        static byte[] Entry(short tag, int value) => [.. BitConverter.GetBytes(tag), 4, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(value)];
    }

    [Theory]
    [InlineData("")]
    [InlineData("It is no picture.")]
    public async Task Probe_NoPicture_IsNone(string content)
    {
        await File.WriteAllTextAsync(At("a.png"), content, TestContext.Current.CancellationToken);

        Assert.Null(await ProbeAsync("a.png"));
        Assert.Null(await ProbeAsync("none.png"));
    }

    [Fact]
    public async Task Probe_ItAloneCannotBeRead_IsNone_AndWithAllTheRestSaysSo()
    {
        PictureWriter.WritePng(new Picture(40, 30, 1, 8, new float[1200]), At("a.png"));
        _store.Before = path => throw new StorageUnavailableException(path, new IOException("Its sectors are bad."));
        Assert.Null(await ProbeAsync("a.png"));

        File.Delete(At("a.png"));

        await Assert.ThrowsAsync<StorageUnavailableException>(() => ProbeAsync("a.png"));
    }

    private string At(string name) => Path.Join(_dip.Folder, "in", name);

    private Task<SampledPicture?> ProbeAsync(string path) => SampledPicture.ProbeAsync(_store, new(1, 1, path, null, "out.png", 0), null!, TestContext.Current.CancellationToken);
}
