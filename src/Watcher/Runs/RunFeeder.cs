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
    JobCatalogue catalogue, IArtifactStore inputs, KnownTasks tasks, Publisher publisher, WatcherSignals signals, ResultNotes notes, WatcherOptions options, Pulse pulse, ILogger log)
{
    // Hashed and entered at once: the first of them are to be published while the next are read.
    private const int AtATime = 100;

    // How often a picture is read in vain, while others can be read, until its row is rejected.
    private const int MostFailures = 3;

    private readonly RowReader _reader = new(inputs);
    private readonly RowRecipes _recipes = new(tasks);
    private readonly ConcurrentDictionary<RowKey, int> _failures = new();

    public async Task TakeAsync(CancellationToken cancellation)
    {
        await catalogue.FollowRunsAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            var ahead = Math.Max(options.RowsAhead, 2 * publisher.MostOutstanding);
            var rows = await catalogue.PendingRowsAsync(ahead, AtATime, cancellation).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                return;
            }

            var entered = await EnterAsync(rows, cancellation).ConfigureAwait(false);
            pulse.Beat();
            // What changes as it is read stands still at another look.
            if (entered < AtATime)
            {
                return;
            }
        }
    }

    /// <returns>How many were entered.</returns>
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

        // The storage is there, and some pictures cannot be read all the same. A row whose settings are refused was not looked for.
        if (entries.Where((entry, i) => entry is not null && recipes[i].Refusal is null).Any())
        {
            foreach (var (i, error) in away.Where(a => _failures.AddOrUpdate(rows[a.Key].Key, 1, (_, failures) => failures + 1) >= MostFailures))
            {
                entries[i] = RowReader.Refused(rows[i], recipes[i], error.Message);
            }
        }

        JobEntry[] ready = [.. entries.OfType<JobEntry>()];
        if (ready.Length == 0 && !away.IsEmpty)
        {
            throw away.Values.First();
        }

        if (ready.Length > 0)
        {
            await catalogue.EnterAsync(ready, cancellation).ConfigureAwait(false);
            Tell(ready);
        }

        return ready.Length;
    }

    private void Tell(JobEntry[] entered)
    {
        Log.RowsEntered(log, entered.Length);
        foreach (var entry in entered)
        {
            _failures.TryRemove(entry.Row!.Value, out _);
            if (entry.Refusal is { } reason)
            {
                Log.Refused(log, entry.Picture.Path, reason);
                notes.Refused(entry.Output, entry.JobId, reason);
            }
        }

        signals.CatalogueChanged();
    }
}
