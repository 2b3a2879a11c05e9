using System.Collections.Concurrent;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Takes archive runs a little at a time: as many rows have jobs as keep the publisher busy, and the rest is known by its path alone.
/// It hashes apart from the folders, so that a dropped picture never stands behind an archive.
/// </summary>
internal sealed class RunFeeder(
    JobCatalogue catalogue, IArtifactStore inputs, KnownTasks tasks, Publisher publisher, WatcherSignals signals, ResultNotes notes, WatcherOptions options, Pulse pulse, TimeProvider time, ILogger log)
{
    // Hashed and entered at once: the first of them are to be published while the next are read.
    private const int AtATime = 100;

    private readonly RowReader _reader = new(inputs);
    private readonly RowRecipes _recipes = new(tasks);
    private readonly UnreadableRows _unreadable = new(time);

    public async Task TakeAsync(CancellationToken cancellation)
    {
        await catalogue.FollowRunsAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            var ahead = Math.Max(options.RowsAhead, 2 * publisher.MostOutstanding);
            var rows = await catalogue.PendingRowsAsync(ahead, AtATime, _unreadable.PutOff(), cancellation).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                return;
            }

            var settled = await EnterAsync(rows, cancellation).ConfigureAwait(false);
            pulse.Beat();
            // What changes as it is read stands still at another look.
            if (settled < AtATime)
            {
                return;
            }
        }
    }

    /// <returns>How many were entered, or put off.</returns>
    private async Task<int> EnterAsync(IReadOnlyList<PendingRow> rows, CancellationToken cancellation)
    {
        var recipes = rows.Select(_recipes.Of).ToArray();
        var entries = new JobEntry?[rows.Count];
        var away = new ConcurrentDictionary<int, StorageUnavailableException>();
        await Parallel.ForAsync(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Readers, CancellationToken = cancellation }, async (i, token) =>
        {
            try
            {
                entries[i] = await _reader.ReadAsync(rows[i], recipes[i], token).ConfigureAwait(false);
                pulse.Beat();
            }
            catch (StorageUnavailableException e)
            {
                away[i] = e;
                pulse.Beat();
            }
        }).ConfigureAwait(false);

        // A row whose settings are refused was not looked for.
        var read = entries.Where((entry, i) => entry is not null && recipes[i].Refusal is null).Count();
        // Then no row is to blame, and those behind would fare no better.
        var isAway = read == 0 && !away.IsEmpty && (_unreadable.IsFull || await inputs.IsEmptyAsync(cancellation).ConfigureAwait(false));
        _unreadable.Read(rows.Where((_, i) => entries[i] is not null).Select(row => row.Key), read);
        foreach (var (i, error) in isAway ? [] : away)
        {
            if (_unreadable.Failed(rows[i].Key))
            {
                entries[i] = RowReader.Refused(rows[i], recipes[i], error.Message);
            }
        }

        JobEntry[] ready = [.. entries.OfType<JobEntry>()];
        if (isAway && ready.Length == 0)
        {
            throw away.Values.First();
        }

        if (ready.Length > 0)
        {
            await catalogue.EnterAsync(ready, cancellation).ConfigureAwait(false);
            Tell(ready);
        }

        return isAway ? 0 : entries.Where((entry, i) => entry is not null || away.ContainsKey(i)).Count();
    }

    private void Tell(JobEntry[] entered)
    {
        Log.RowsEntered(log, entered.Length);
        foreach (var entry in entered)
        {
            if (entry.Refusal is { } reason)
            {
                Log.Refused(log, entry.Picture.Path, reason);
                notes.Refused(entry.Output, entry.JobId, reason);
            }
        }

        signals.CatalogueChanged();
    }
}
