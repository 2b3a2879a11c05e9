using System.Collections.Concurrent;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Takes archive runs a little at a time: as many rows have jobs as keep the publisher busy, and the rest is known by its path alone.
/// It hashes apart from the folders, so that a dropped picture never stands behind an archive.
/// </summary>
internal sealed class RunFeeder(
    JobCatalogue catalogue, IArtifactStore inputs, KnownTasks tasks, Publisher publisher, WatcherSignals signals, ResultNotes notes, WatcherStatus status, WatcherOptions options, Pulse pulse, TimeProvider time, ILogger log)
{
    // Hashed and entered at once: the first of them are to be published while the next are read.
    private const int AtATime = 100;

    // So long what was read waits for what is read slowly.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly RowReader _reader = new(inputs);
    private readonly RowRecipes _recipes = new(tasks);
    private readonly Unreadable<RowKey> _unreadable = new(options.UnreadableTimeout, time);
    private bool _isCounted;
    private bool _noneCanBeRead;

    public async Task TakeAsync(CancellationToken cancellation)
    {
        if (!_isCounted)
        {
            // A program of another version may have moved rows without counting them.
            await catalogue.RecountRunsAsync(cancellation).ConfigureAwait(false);
            _isCounted = true;
        }

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

    /// <summary>
    /// Reads rows, and enters them as they come: one that takes its time holds up none of the others. What has come at one time is
    /// entered in the order given, so that a manifest is done from its top.
    /// </summary>
    /// <returns>How many were entered, or put off.</returns>
    /// <exception cref="StorageUnavailableException">The inputs are away.</exception>
    private async Task<int> EnterAsync(IReadOnlyList<PendingRow> rows, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var read = new ConcurrentQueue<ReadRow>();
        var reading = Parallel.ForEachAsync(
            // Recipes are kept, and made by this thread alone.
            rows.Select((row, place) => (Row: row, Place: place, Recipe: _recipes.Of(row))).ToArray(),
            new ParallelOptions { MaxDegreeOfParallelism = options.Readers, CancellationToken = end.Token },
            async (row, token) => read.Enqueue(await ReadAsync(row.Row, row.Place, row.Recipe, token).ConfigureAwait(false)));
        try
        {
            var settled = 0;
            while (!reading.IsCompleted || !read.IsEmpty)
            {
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                await Task.WhenAny(reading, Task.Delay(s_patience, time, waiting.Token)).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
                List<ReadRow> come = [];
                while (read.TryDequeue(out var row))
                {
                    come.Add(row);
                }

                come.Sort((a, b) => a.Place.CompareTo(b.Place));
                settled += await SettleAsync(come, cancellation).ConfigureAwait(false);
                if (!reading.IsCompleted)
                {
                    await catalogue.FollowRunsAsync(cancellation).ConfigureAwait(false);
                }
            }

            await reading.ConfigureAwait(false);
            return settled;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ReadRow> ReadAsync(PendingRow row, int place, RowRecipe recipe, CancellationToken cancellation)
    {
        try
        {
            return new(row, place, recipe, await _reader.ReadAsync(row, recipe, cancellation).ConfigureAwait(false), null);
        }
        catch (StorageUnavailableException e)
        {
            return new(row, place, recipe, null, e);
        }
        finally
        {
            pulse.Beat();
        }
    }

    private async Task<int> SettleAsync(List<ReadRow> rows, CancellationToken cancellation)
    {
        if (rows.Count == 0)
        {
            return 0;
        }

        List<JobEntry> entries = [.. rows.Select(r => r.Entry).OfType<JobEntry>()];
        var failed = rows.Where(r => r.Error is not null).ToList();
        // A row whose settings are refused was not looked for.
        var read = rows.Count(r => r.Entry is not null && r.Recipe.Refusal is null);
        _unreadable.Read(rows.Where(r => r.Entry is not null).Select(r => r.Row.Key), read);
        // Then no row is to blame, and those behind would fare no better.
        var away = read == 0 && failed.Count > 0 && await inputs.IsAwayAsync(cancellation).ConfigureAwait(false) ? failed[0].Error : null;
        var putOff = 0;
        foreach (var row in away is null ? failed : [])
        {
            // No more than there is room for: the others are pending as before.
            if (_unreadable.IsFull && !_unreadable.IsKnown(row.Row.Key))
            {
                continue;
            }

            putOff++;
            if (!_unreadable.IsKnown(row.Row.Key))
            {
                Log.RowPutOff(log, row.Row.Row.Path, row.Error!.Message);
            }

            if (_unreadable.Failed(row.Row.Key))
            {
                entries.Add(RowReader.Refused(row.Row, row.Recipe, row.Error!.Message));
            }
        }

        if (entries.Count > 0)
        {
            await catalogue.EnterAsync([.. entries], cancellation).ConfigureAwait(false);
            Tell(entries);
        }

        // Until one is read: what is refused without a look at its picture says nothing.
        _noneCanBeRead = read == 0 && (_noneCanBeRead || away is not null || (_unreadable.IsFull && failed.Count > 0));
        status.Unreadable = new(_unreadable.All, _noneCanBeRead);
        return away is null ? rows.Count(r => r.Entry is not null) + putOff : throw away;
    }

    private void Tell(List<JobEntry> entered)
    {
        Log.RowsEntered(log, entered.Count);
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

    /// <summary>A row as it was read: an entry, an error, or neither where it changed meanwhile.</summary>
    private sealed record ReadRow(PendingRow Row, int Place, RowRecipe Recipe, JobEntry? Entry, StorageUnavailableException? Error);
}
