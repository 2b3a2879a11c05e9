namespace DipPipeline.Watcher.Tests;

public sealed class CompanionTests
{
    [Fact]
    public void Everything_PictureWithMask_IsTakenWithIt()
    {
        using var bench = new WatchedBench(FixtureTasks.Repair);
        bench.Old("photo.jpg");
        bench.Old("photo.mask.png", "mask");
        var look = Assert.Single(bench.Scan());
        Assert.Equal("pictures/photo.mask.png", look.Companions["mask"].Path);
        Assert.Equal("pictures/photo.jpg.png", look.Output);
    }

    [Fact]
    public void Everything_TaskWithoutCompanions_TakesAMaskForAPicture()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.mask.png");
        Assert.Single(bench.Scan());
    }

    [Fact]
    public void Look_MaskInTime_IsWaitedFor()
    {
        using var bench = new WatchedBench(FixtureTasks.Repair);
        bench.Old("photo.png");
        Assert.Empty(bench.Scan());
        Assert.Equal(bench.Time.GetUtcNow().AddMinutes(10), bench.Examination.Due);
        bench.Time.Advance(TimeSpan.FromMinutes(9));
        bench.Fresh("photo.mask.png");
        Assert.Empty(bench.Look("photo.mask.png"));
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(Assert.Single(bench.Look()).Companions);
    }

    [Fact]
    public void Look_NoMaskInTime_IsRefusedUntilItComes()
    {
        using var bench = new WatchedBench(FixtureTasks.Repair, new() { CompanionTimeout = TimeSpan.FromMinutes(1) });
        bench.Old("photo.png");
        Assert.Empty(bench.Scan());
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("'pictures/photo.png' has no mask; put 'photo.mask.png' beside it.", Assert.Single(bench.Look()).Rejection);
        Assert.Empty(bench.Scan());

        bench.Old("photo.mask.png");
        var look = Assert.Single(bench.Look("photo.mask.png"));
        Assert.Null(look.Rejection);
        Assert.Single(look.Companions);
    }

    [Fact]
    public void Everything_MaskTakenAwayAfterwards_TakesNothingBack()
    {
        using var bench = new WatchedBench(FixtureTasks.Repair, new() { CompanionTimeout = TimeSpan.Zero });
        bench.Old("photo.png");
        bench.Old("photo.mask.png");
        Assert.Single(bench.Scan());
        File.Delete(bench.At("photo.mask.png"));
        Assert.Empty(bench.Scan());
        Assert.Empty(bench.Another().Everything());
    }

    [Fact]
    public void Everything_OptionalMaskThatComesLater_IsANewLook()
    {
        using var bench = new WatchedBench(FixtureTasks.Weigh);
        bench.Old("photo.png");
        Assert.Empty(Assert.Single(bench.Scan()).Companions);
        bench.Old("photo.mask.PNG");
        Assert.Single(Assert.Single(bench.Look("photo.mask.PNG")).Companions);
    }

    [Fact]
    public void Everything_AlphaStandsIn_IsNotWaitedFor()
    {
        using var bench = new WatchedBench(FixtureTasks.Inpaint);
        foreach (var (name, content, hasAlpha) in Headers)
        {
            bench.Old((hasAlpha ? "alpha-" : "opaque-") + name, content);
        }

        var found = WatchedBench.Names(bench.Scan());
        Assert.Equal(Headers.Where(h => h.HasAlpha).Select(h => "alpha-" + h.Name).Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void Everything_NeitherAlphaNorMask_SaysWhatWouldDo()
    {
        using var bench = new WatchedBench(FixtureTasks.Inpaint, new() { CompanionTimeout = TimeSpan.Zero });
        bench.Old("photo.jpg", "no header of anything");
        Assert.Equal("'pictures/photo.jpg' has no mask; put 'photo.mask.png' beside it, or give a picture with an alpha channel.", Assert.Single(bench.Scan()).Rejection);
    }

    private static (string Name, byte[] Content, bool HasAlpha)[] Headers =>
    [
        ("gray.png", Png(0), false), ("rgb.png", Png(2), false), ("gray-alpha.png", Png(4), true), ("rgba.png", Png(6), true),
        ("palette.png", [.. Png(3), .. Chunk("PLTE"), .. Chunk("IDAT")], false), ("palette-transparent.png", [.. Png(3), .. Chunk("PLTE"), .. Chunk("tRNS"), .. Chunk("IDAT")], true),
        ("cut.png", [.. Png(6).Take(20)], false),
        ("lossy.webp", WebP("VP8 ", 0, 0), false), ("extended.webp", WebP("VP8X", 0, 0), false), ("extended-alpha.webp", WebP("VP8X", 0x10, 0), true),
        ("lossless.webp", WebP("VP8L", 0x2f, 0), false), ("lossless-alpha.webp", WebP("VP8L", 0x2f, 0x10), true),
        ("rgb.tif", Tiff(isLittle: true, 258), false), ("rgba.tif", Tiff(isLittle: true, 258, 338), true), ("rgba-big.tif", Tiff(isLittle: false, 338), true),
        ("empty.jpg", [0xff, 0xd8], false),
    ];

    private static byte[] Png(byte colour) => [0x89, .. "PNG\r\n\u001a\n"u8, .. (byte[])[0, 0, 0, 13], .. "IHDR"u8, 0, 0, 0, 1, 0, 0, 0, 1, 8, colour, 0, 0, 0, 1, 2, 3, 4];

    private static byte[] Chunk(string name) => [0, 0, 0, 3, .. System.Text.Encoding.ASCII.GetBytes(name), 1, 2, 3, 0, 0, 0, 0];

    private static byte[] WebP(string chunk, byte flags, byte bits) =>
        [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBP"u8, .. System.Text.Encoding.ASCII.GetBytes(chunk), 10, 0, 0, 0, flags, 0, 0, 0, bits, 0, 0, 0, 0, 0];

    private static byte[] Tiff(bool isLittle, params ushort[] tags)
    {
        byte[] Short(int v) => isLittle ? [(byte)v, (byte)(v >> 8)] : [(byte)(v >> 8), (byte)v];
        byte[] offset = isLittle ? [8, 0, 0, 0] : [0, 0, 0, 8];
        byte[] entries = [.. tags.SelectMany(t => (byte[])[.. Short(t), .. Short(3), 0, 0, 0, 1, 0, 0, 0, 0])];
        return [.. isLittle ? "II*\0"u8 : "MM\0*"u8, .. offset, .. Short(tags.Length), .. entries];
    }
}
