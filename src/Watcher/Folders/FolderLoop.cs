using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Watches one folder: events are hints, the periodic rescan is the truth.</summary>
/// <param name="examination">Looks at it.</param>
/// <param name="hints">What is worth a look; the examination's own.</param>
/// <param name="watch">Begins to deliver events to the hints, and says when some were lost; not called in polling mode.</param>
/// <param name="pulse">Of this loop.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where to say what happened.</param>
internal sealed class FolderLoop(
    FolderExamination examination, FolderHints hints, Func<WatchedFolder, FolderHints, Action<Exception>, IDisposable> watch, Pulse pulse, TimeProvider time, ILogger log)
{
    // A copy in many pieces has many events: between two looks at most this share of the time goes into looking.
    private const int RestPerLook = 4;
    private static readonly TimeSpan s_leastRest = TimeSpan.FromMilliseconds(50);

    private IDisposable? _events;
    private DateTime _root;
    private volatile bool _isBroken;

    public static IDisposable Watch(WatchedFolder folder, FolderHints hints, Action<Exception> error) => new FolderEvents(folder, hints, error);

    /// <summary>Runs until cancelled; sends what is to be entered, and waits while there is no room.</summary>
    public async Task RunAsync(ChannelWriter<SourceLook> looks, CancellationToken cancellation)
    {
        var rescan = time.GetUtcNow();
        try
        {
            while (true)
            {
                pulse.Beat();
                var begun = time.GetTimestamp();
                var hinted = hints.Take(out var everything);
                everything |= time.GetUtcNow() >= rescan;
                if (everything)
                {
                    // Before the look, so that nothing falls between.
                    RenewEvents();
                }

                foreach (var look in everything ? examination.Everything() : examination.Hinted(hinted))
                {
                    // There may be no room for long: while the catalogue is away.
                    pulse.Rest();
                    await looks.WriteAsync(look, cancellation).ConfigureAwait(false);
                    pulse.Beat();
                }

                if (everything)
                {
                    rescan = time.GetUtcNow() + examination.Folder.RescanInterval;
                }

                pulse.Rest();
                var rest = time.GetElapsedTime(begun) * RestPerLook;
                await Task.Delay(rest < s_leastRest ? s_leastRest : rest < examination.Folder.RescanInterval ? rest : examination.Folder.RescanInterval, time, cancellation).ConfigureAwait(false);
                await WaitAsync(examination.Due is { } due && due < rescan ? due : rescan, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            pulse.Rest();
            _events?.Dispose();
            _events = null;
        }
    }

    private async Task WaitAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        var wait = until - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(hints.Signal, Task.Delay(wait, time, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    // Also where the folder is another one of the same name by now, or was lost: what was watched is then not what is there.
    private void RenewEvents()
    {
        var folder = examination.Folder;
        if (folder.IsPolling)
        {
            return;
        }

        var root = Directory.Exists(folder.Root) ? Directory.GetCreationTimeUtc(folder.Root) : default;
        if (_events is not null && !_isBroken && !examination.IsLost && root == _root)
        {
            return;
        }

        _isBroken = false;
        var former = _events;
        _events = null;
        try
        {
            _events = root == default ? null : watch(folder, hints, OnError);
            _root = root;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            Log.NoEvents(log, folder.Root, folder.RescanInterval, e.Message);
        }

        former?.Dispose();
    }

    private void OnError(Exception error)
    {
        Log.EventsLost(log, examination.Folder.Root, error.Message);
        _isBroken = true;
        hints.AddEverything();
    }
}
