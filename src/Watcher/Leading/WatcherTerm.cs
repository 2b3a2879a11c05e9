using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>What the Watcher does while it leads. What it knows is read from the catalogue when it begins.</summary>
internal sealed class WatcherTerm(
    JobCatalogue catalogue, PipelineStorage storage, Publisher publisher, Reconciler reconciler, CancelSender cancels, ResultNotes notes, LatestProgress progress, WatcherStatus status,
    WatcherSignals signals, TaskReader tasks, Pulses pulses, IOptions<WatcherOptions> options, IOptions<StorageOptions> places, TimeProvider time, ILoggerFactory logs)
{
    // Other processes write to the catalogue without a word: dip submit, dip jobs, a Watcher that stands by and gets events.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private const string Publishing = "publishing";
    private const string Requests = "telling Hosts to stop";
    private const string Submissions = "entering submissions";
    private const string Copying = "copying results";
    private const string Archives = "taking archive runs";

    private readonly ILogger _log = logs.CreateLogger<WatcherTerm>();

    /// <summary>Runs until cancelled, or until something fails that cannot be tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var known = tasks.Read(options.Value);
        var folders = FolderPlan.Make(options.Value, places.Value, known, out _);
        MakeDefaultFolders(folders);
        var sources = await LoadAsync(cancellation).ConfigureAwait(false);
        Log.Leads(_log, sources.Count);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ISourceTree tree = StorageRoot.IsFolder(places.Value.Inputs) ? new LocalTree(places.Value.Inputs, _log) : new StoreTree(storage.Inputs, end.Token);
        var pipeline = new EntryPipeline(catalogue, sources, signals, notes, options.Value.Readers, pulses, time, logs.CreateLogger<EntryPipeline>());
        var hints = folders.Select(f => (Folder: f, Hints: new FolderHints())).ToArray();
        var desk = new SubmissionDesk(catalogue, folders, known, pipeline.Looks, tree, storage.Inputs, places.Value, options.Value, Of(Submissions), time, _log);
        var reexaminer = new Reexaminer(catalogue, hints, sources, desk, options.Value, Of(Requests), time);
        var copier = new ResultCopier(catalogue, storage, notes, cancels, Of(Copying), logs.CreateLogger<ResultCopier>());
        var feeder = new RunFeeder(catalogue, storage.Inputs, known, publisher, signals, notes, status, options.Value, Of(Archives), time, _log);
        Task[] work =
        [
            Run(pipeline.RunAsync),
            .. hints.Select(h => Run(token => Watch(h.Folder, tree, h.Hints, sources).RunAsync(pipeline.Looks, token))),
            Run(async token =>
            {
                // Before anything of this process is published, and while the folders are looked through.
                await TakeOverAsync(token).ConfigureAwait(false);
                await Work.RepeatAsync(Publishing, signals.Publishing, s_look, publisher.FillAsync, Of(Publishing), time, _log, token).ConfigureAwait(false);
            }),
            Repeat(Requests, signals.Requests, s_look, async token =>
            {
                await cancels.SendAsync(token).ConfigureAwait(false);
                await reexaminer.TakeAsync(token).ConfigureAwait(false);
            }),
            Repeat(Submissions, signals.Submissions, s_look, desk.TakeAsync),
            Repeat(Copying, signals.Copying, s_look, copier.CopyAsync),
            // By the clock alone: whatever ends calls the others, and a second's rows are ahead.
            Repeat(Archives, new WakeUp(), s_look, feeder.TakeAsync),
            Repeat("writing progress", new WakeUp(), s_look, token => progress.WriteAsync(catalogue, token)),
            Repeat("reconciling", new WakeUp(), options.Value.ReconcileInterval, reconciler.ReconcileAsync),
        ];
        try
        {
            // The first to end has failed, or was cancelled: the others end with it.
            await await Task.WhenAny(work).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            status.Unreadable = UnreadableRows.None;
        }

        // Each loop's work begins on a thread of its own: a catalogue in a file does its work before it returns.
        Task Run(Func<CancellationToken, Task> loop) => Task.Run(() => loop(end.Token), CancellationToken.None);
        Task Repeat(string name, WakeUp wake, TimeSpan interval, Func<CancellationToken, Task> once) =>
            Run(token => Work.RepeatAsync(name, wake, interval, once, Of(name), time, _log, token));
        Pulse Of(string name) => pulses.Of(name, Work.LongestSilence);
    }

    private FolderLoop Watch(WatchedFolder folder, ISourceTree tree, FolderHints hints, SourceIndex sources)
    {
        Log.Watching(_log, folder.Root, folder.Task.Id, folder.Output);
        var log = logs.CreateLogger<FolderLoop>();
        var pulse = pulses.Of($"watching {folder.Root}", Work.LongestSilence);
        return new FolderLoop(new FolderExamination(folder, tree, sources, hints, time, log, pulse.Beat), hints, FolderLoop.Watch, pulse, time, log);
    }

    private async Task TakeOverAsync(CancellationToken cancellation)
    {
        try
        {
            await reconciler.TakeOverAsync(cancellation).ConfigureAwait(false);
        }
        // What could not be published waits again.
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Log.WorkFailed(_log, e, "taking over");
        }
    }

    private async Task<SourceIndex> LoadAsync(CancellationToken cancellation)
    {
        var sources = new SourceIndex();
        await foreach (var source in catalogue.LoadSourcesAsync(cancellation).ConfigureAwait(false))
        {
            if (Fingerprint.Parse(source.Fingerprint) is { } fingerprint)
            {
                sources.Set(source.Path, fingerprint);
            }
        }

        return sources;
    }

    // Only those that nobody named: a configured folder that is missing may be a mount that is not there yet. A prefix is there once something has it.
    private void MakeDefaultFolders(IReadOnlyList<WatchedFolder> folders)
    {
        foreach (var folder in options.Value.Folders.Count == 0 && StorageRoot.IsFolder(places.Value.Inputs) ? folders : [])
        {
            Directory.CreateDirectory(folder.Root);
        }
    }
}
