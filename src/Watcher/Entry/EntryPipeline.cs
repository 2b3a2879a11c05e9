using System.Threading.Channels;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Entry;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Looks → hashes → catalogue, each step bounded: a hundred thousand pictures pass through a few hundred places. What is in the
/// catalogue is then published.
/// </summary>
internal sealed class EntryPipeline(
    JobCatalogue catalogue, SourceIndex sources, WatcherSignals signals, ResultNotes notes, int readers, Pulses pulses, TimeProvider time, ILogger<EntryPipeline> log)
{
    // The first pictures are to be published while the rest are still read; after that large batches are what is fast.
    private const int FirstBatch = 16;
    private const int LargestBatch = 500;

    private readonly Channel<SourceLook> _looks = Channel.CreateBounded<SourceLook>(256);
    private readonly Channel<(SourceLook Look, JobEntry Entry)> _read = Channel.CreateBounded<(SourceLook, JobEntry)>(2 * LargestBatch);

    /// <summary>Where folders send what they found; waits while there is no room.</summary>
    public ChannelWriter<SourceLook> Looks => _looks.Writer;

    /// <summary>Runs until cancelled, or until one of its parts fails: then all end, and its failure is this one's.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] parts =
        [
            Part("entering pictures", EnterAsync),
            .. Enumerable.Range(1, readers).Select(n => Part($"reading pictures ({n})", ReadAsync)),
        ];
        try
        {
            await await Task.WhenAny(parts).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task Part(string name, Func<Pulse, CancellationToken, Task> run) => Task.Run(
            async () =>
            {
                var pulse = pulses.Of(name, Work.LongestSilence);
                try
                {
                    await run(pulse, end.Token).ConfigureAwait(false);
                }
                finally
                {
                    pulse.Rest();
                }
            },
            CancellationToken.None);
    }

    private async Task ReadAsync(Pulse pulse, CancellationToken cancellation)
    {
        await foreach (var look in _looks.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            pulse.Beat();
            (JobEntry? Entry, string? Unreadable) read;
            try
            {
                read = Hashing.Read(look, cancellation);
            }
            // It is submitted again, by who waits for it.
            catch (StorageUnavailableException e)
            {
                look.Entered?.TrySetException(e);
                pulse.Rest();
                continue;
            }

            var (entry, unreadable) = read;
            if (entry is null && look.Found is { } folder)
            {
                sources.End(look.Source, null);
                folder.Return(look, unreadable);
                pulse.Rest();
                continue;
            }

            entry ??= Hashing.Refused(look, unreadable ?? $"'{look.Picture.Path}' changed while it was read; submit it again.");
            pulse.Rest();
            await _read.Writer.WriteAsync((look, entry), cancellation).ConfigureAwait(false);
        }
    }

    private async Task EnterAsync(Pulse pulse, CancellationToken cancellation)
    {
        var size = FirstBatch;
        List<(SourceLook Look, JobEntry Entry)> batch = [];
        while (await _read.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            // Whatever is there by now: waiting for more would only make it later.
            while (batch.Count < size && _read.Reader.TryRead(out var read))
            {
                batch.Add(read);
            }

            await EnterAsync(batch, pulse, cancellation).ConfigureAwait(false);
            pulse.Rest();
            batch.Clear();
            size = LargestBatch;
        }
    }

    private async Task EnterAsync(List<(SourceLook Look, JobEntry Entry)> batch, Pulse pulse, CancellationToken cancellation)
    {
        var entries = batch.ConvertAll(b => b.Entry);
        for (var failures = 0; ;)
        {
            pulse.Beat();
            try
            {
                var report = await catalogue.EnterAsync(entries, cancellation).ConfigureAwait(false);
                Log.Entered(log, report.Entered.Count);
                Entered(batch);
                return;
            }
            // The catalogue is away, or another process writes for long: the batch waits, and with it what comes after.
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Log.WorkFailed(log, e, "entering pictures");
                await Task.Delay(Work.Delay(failures++), time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private void Entered(List<(SourceLook Look, JobEntry Entry)> batch)
    {
        foreach (var (look, entry) in batch)
        {
            sources.End(look.Source, look.Fingerprint);
            if (entry.Refusal is { } reason)
            {
                Log.Refused(log, look.Picture.Path, reason);
                notes.Refused(entry.Output, entry.JobId, reason);
            }

            look.Entered?.TrySetResult();
        }

        signals.CatalogueChanged();
    }
}
