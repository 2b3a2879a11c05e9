using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Storage;

namespace DipPipeline.Host.Tests.Jobs;

public sealed class SizeCheckTests : IAsyncDisposable
{
    private readonly Worker _dropped = new();
    private readonly RestoreImage _message;
    private readonly long _length;

    public SizeCheckTests()
    {
        _message = _dropped.Drop(size: 32);
        _length = _message.Picture.Length;
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_AFileOfMoreBytesThanAccepted_IsRejectedBeforeAnyWork()
    {
        await using var worker = Strict("Host:MaximumBytes", _length - 1);

        await worker.Handle(_message);

        AssertRejected(worker, $"'nothing/photo.png' has {_length:N0} bytes; at most {_length - 1:N0} bytes would be accepted (Host:MaximumBytes).");
    }

    [Fact]
    public async Task Handle_ReplacedByOneOfMoreBytesThanAccepted_IsASourceThatChanged_AndRejectedOnceItIsEnteredAnew()
    {
        await using var worker = Strict("Host:MaximumBytes", _length);
        File.Delete(Picture);
        var anew = worker.Drop(size: 48);

        await worker.Handle(_message);

        Assert.Equal("", Assert.IsType<SourceChanged>(Assert.Single(worker.Bus.Events)).Sha256);
        await worker.Handle(anew);
        Assert.IsType<RestorationRejected>(worker.Bus.Events[^1]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Handle_AMessageThatLiesAboutALength_IsASourceThatChangedWhateverItsHash(int lie)
    {
        // By the picture's true length it would be refused for its pixels.
        await using var worker = Strict("Host:MaximumPixels", 1023);

        await worker.Handle(Saying(_length + lie));

        Assert.IsType<SourceChanged>(Assert.Single(worker.Bus.Events));
    }

    [Fact]
    public async Task Handle_AMessageOfMoreBytesThanAccepted_IsRejectedWithoutALookAtTheFile()
    {
        File.Delete(Picture);

        await _dropped.Handle(Saying((2L << 30) + 1));

        AssertRejected(_dropped, $"'nothing/photo.png' has {(2L << 30) + 1:N0} bytes; at most {2L << 30:N0} bytes would be accepted (Host:MaximumBytes).");
    }

    [Fact]
    public async Task Handle_MorePixelsThanAccepted_IsRejectedBeforeAnyWork()
    {
        await using var worker = Strict("Host:MaximumPixels", 1023);

        await worker.Handle(_message);

        AssertRejected(worker, $"'nothing/photo.png' has 32×32 = {1024:N0} pixels; at most {1023:N0} pixels would be accepted (Host:MaximumPixels).");
    }

    [Fact]
    public async Task Handle_JustAtTheLimits_IsDone()
    {
        await using var worker = new Worker(_dropped.Folder, ("Host:MaximumBytes", $"{_length}"), ("Host:MaximumPixels", "1024"));

        await worker.Handle(_message);

        Assert.IsType<RestorationCompleted>(worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_TooManyPixelsInOtherBytesThanTheMessages_IsASourceThatChanged()
    {
        File.Delete(Picture);
        await using var worker = Strict("Host:MaximumPixels", 1024);
        worker.Drop(size: 48);

        await worker.Handle(_message);

        Assert.IsType<SourceChanged>(Assert.Single(worker.Bus.Events));
    }

    [Theory]
    [InlineData("Host:MaximumBytes")]
    [InlineData("Host:MaximumPixels")]
    public async Task Check_ACompanionThatIsTooLarge_IsRefusedByItsName(string limit)
    {
        var mask = _dropped.Drop("nothing/photo.mask.png", size: 48).Picture;
        await using var worker = Strict(limit, limit == "Host:MaximumBytes" ? _length : 1024);
        var message = _message with { Companions = new Dictionary<string, SourceFile> { ["mask"] = mask } };

        var refused = await Assert.ThrowsAsync<RefusedException>(() => worker.Get<SizeCheck>().CheckAsync(message, Now));

        Assert.StartsWith("'nothing/photo.mask.png' has ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith($"({limit}).", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_AFileOfMoreBytesThanItsMessageSays_CopiesNoMoreThanThat()
    {
        await File.WriteAllBytesAsync(Picture, new byte[1 << 20], Now);
        using var scratch = new Scratch(Path.Join(_dropped.Folder, "scratch"));
        // A hash that is empty, too, is not taken for that of bytes which nobody read.
        var source = _message.Picture with { Length = 300_000, Sha256 = "" };

        Assert.NotEqual(source, await scratch.FetchAsync(_dropped.Storage.Inputs, source, Now));
        Assert.InRange(new FileInfo(scratch.Local(source)).Length, 1, 300_000);
    }

    public ValueTask DisposeAsync() => _dropped.DisposeAsync();

    private string Picture => Path.Join(_dropped.Folder, "watch/nothing/photo.png");

    private Worker Strict(string limit, long most) => new(_dropped.Folder, (limit, $"{most}"));

    private RestoreImage Saying(long length) => _message with { Picture = _message.Picture with { Length = length } };

    /// <summary>Rejected, and nothing else: no word of a start, no claim or state, no copy.</summary>
    private static void AssertRejected(Worker worker, string sentence)
    {
        Assert.Equal(sentence, Assert.IsType<RestorationRejected>(Assert.Single(worker.Bus.Sent)).Reason);
        Assert.False(Directory.Exists(worker.Result(".dip")));
        Assert.False(Directory.Exists(Path.Join(worker.Folder, "scratch")));
    }
}
