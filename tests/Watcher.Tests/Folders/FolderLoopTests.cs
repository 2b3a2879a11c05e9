using System.Reflection;
using System.Threading.Channels;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Watcher.Tests;

public sealed class FolderLoopTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Channel<SourceLook> _looks = Channel.CreateUnbounded<SourceLook>();
    private readonly TemporaryFolder _files = new();
    private readonly LogLines _log = new();
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Run_Events_AreSeenWithoutARescan()
    {
        await StartAsync(Folder(TimeSpan.FromHours(1)), FolderLoop.Watch);
        Appear("watch/a.png");
        Assert.Equal("a.png", await NextAsync());
        Appear("watch/new/deep/b.png");
        Assert.Equal("new/deep/b.png", await NextAsync());
        File.Move(_files.At("watch/a.png"), _files.At("watch/c.png"));
        Assert.Equal("c.png", await NextAsync());
        _files.Write("watch/c.options.json", "{}");
        Assert.Equal("c.png", await NextAsync());
        _files.Write("watch/new/.dip.json", "{}");
        Assert.Equal("new/deep/b.png", await NextAsync());
    }

    [Fact]
    public async Task Run_PollingMode_NeverAsksForEventsAndFindsEverything()
    {
        await StartAsync(Folder(TimeSpan.FromMilliseconds(100)) with { IsPolling = true }, (_, _, _) => throw new InvalidOperationException("It asked."));
        _files.Write("watch/a.png", "x");
        Assert.Equal("a.png", await NextAsync());
    }

    [Fact]
    public void FolderEvents_TheSystemLosesSome_SaysSo()
    {
        _files.Write("watch/first.png", "x");
        var errors = new List<Exception>();
        using var events = new FolderEvents(Folder(TimeSpan.FromHours(1)), new FolderHints(), errors.Add);
        // The system's queue holds thousands, and overflows when it likes: its own way of saying so is used.
        var watcher = typeof(FolderEvents).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(f => f.GetValue(events)).OfType<FileSystemWatcher>().Single();
        var lost = new InternalBufferOverflowException("Too many changes at once.");
        typeof(FileSystemWatcher).GetMethod("OnError", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(watcher, [new ErrorEventArgs(lost)]);

        Assert.Same(lost, Assert.Single(errors));
    }

    [Fact]
    public async Task Run_EventsLost_AsksAnewAndLooksEverythingThrough()
    {
        var watches = Channel.CreateUnbounded<(Silent Watch, Action<Exception> Error)>();
        await StartAsync(Folder(TimeSpan.FromHours(1)), (_, _, error) =>
        {
            var silent = new Silent();
            watches.Writer.TryWrite((silent, error));
            return silent;
        });
        var first = await watches.Reader.ReadAsync(_stop.Token);
        _files.Write("watch/unseen.png", "x");
        first.Error(new InternalBufferOverflowException("Too many changes at once."));
        await watches.Reader.ReadAsync(_stop.Token);
        Assert.Equal("unseen.png", await NextAsync());
        Assert.True(first.Watch.IsDisposed);
        Assert.Contains(_log.Lines, l => l.Contains("Too many changes at once.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_NoMoreEventsToGive_GoesOnByRescan()
    {
        await StartAsync(Folder(TimeSpan.FromMilliseconds(100)), (_, _, _) => throw new IOException("The limit on inotify instances is reached."));
        _files.Write("watch/a.png", "x");
        Assert.Equal("a.png", await NextAsync());
        Assert.Contains(_log.Lines, l => l.Contains("gives no file events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_FolderGoneAndBack_IsWatchedAgain()
    {
        await StartAsync(Folder(TimeSpan.FromMilliseconds(200)), FolderLoop.Watch);
        Directory.Move(_files.At("watch"), _files.At("away"));
        await WatcherRig.UntilAsync(() => Task.FromResult(_log.Lines.Any(l => l.Contains("is gone", StringComparison.Ordinal))));
        _files.Write("away/a.png", "x");
        Directory.Move(_files.At("away"), _files.At("watch"));
        Assert.Equal("a.png", await NextAsync());
        await WatcherRig.UntilAsync(() => Task.FromResult(_log.Lines.Any(l => l.Contains("is back", StringComparison.Ordinal))));
        _files.Write("watch/b.png", "x");
        Assert.Equal("b.png", await NextAsync());
    }

    [Fact]
    public async Task Run_FreshPicture_ComesAfterItsWindowWithoutAnotherEvent()
    {
        await StartAsync(Folder(TimeSpan.FromHours(1)) with { StabilityWindow = TimeSpan.FromMilliseconds(300) }, FolderLoop.Watch);
        var begun = System.Diagnostics.Stopwatch.StartNew();
        _files.Write("watch/a.png", "x");
        Assert.Equal("a.png", await NextAsync());
        Assert.True(begun.ElapsedMilliseconds >= 290);
    }

    [Fact]
    public void Add_MoreHintsThanAreWorthKeeping_AreTheWholeFolder()
    {
        var hints = new FolderHints();
        for (var i = 0; i <= 10_000; i++)
        {
            hints.Add("", $"{i}.png");
        }

        hints.Take(out var everything);
        Assert.True(everything);
        Assert.Empty(hints.Take(out everything));
        Assert.False(everything);
        Assert.False(hints.Signal.IsCompleted);
    }

    private async Task<string> NextAsync()
    {
        var look = await _looks.Reader.ReadAsync(_stop.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), _stop.Token);
        _sources.End(look.Source, look.Fingerprint);
        return look.Picture.Path;
    }

    // Written where nobody looks: one that is found while it is written is looked at again once it is whole.
    private void Appear(string path)
    {
        _files.Write("aside/whole.png", "x");
        Directory.CreateDirectory(Path.GetDirectoryName(_files.At(path))!);
        File.Move(_files.At("aside/whole.png"), _files.At(path));
    }

    private readonly SourceIndex _sources = new();

    // Returns once the first look through is over.
    private async Task StartAsync(WatchedFolder folder, Func<WatchedFolder, FolderHints, Action<Exception>, IDisposable> watch)
    {
        _files.Write("watch/first.png", "x");
        var hints = new FolderHints();
        var loop = new FolderLoop(new FolderExamination(folder, Trees.Local, _sources, hints, TimeProvider.System, _log), hints, watch, new Pulses(TimeProvider.System).Of("watching", Work.LongestSilence), TimeProvider.System, _log);
        _running = Task.Run(() => loop.RunAsync(_looks.Writer, _stop.Token));
        Assert.Equal("first.png", await NextAsync());
    }

    private WatchedFolder Folder(TimeSpan rescan) => new()
    {
        Path = "",
        Root = _files.At("watch"),
        Task = FixtureTasks.Denoise,
        Configured = new() { Origin = "test" },
        Pictures = new([], []),
        Output = "",
        IsPolling = false,
        RescanInterval = rescan,
        StabilityWindow = TimeSpan.Zero,
        CompanionTimeout = TimeSpan.Zero,
        UnreadableTimeout = TimeSpan.Zero,
    };

    private sealed class Silent : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
