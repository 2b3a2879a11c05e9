using DipPipeline.Jobs.Entry;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Enters pictures, all or none of them; entered again, they change nothing. About a thousand at a time is fast and takes little
    /// memory. What becomes of each follows from its job and its output:
    /// <list type="bullet">
    /// <item>The job is at that output already: nothing happens, unless it was taken back (<see cref="ReexaminationsAsync"/>);
    /// then it is queued again.</item>
    /// <item>Another job was there: the output's generation counts up, and the older job, if it has not ended, is cancelled. Where it
    /// was to serve other sources too, these are looked at again and one of them takes it over.</item>
    /// <item>The job is known for another output, where its result is or will be: this one gets a copy.</item>
    /// <item>The job is known, but its result was overwritten, or it was cancelled for a newer one that is old by now: it is queued
    /// again, for this output.</item>
    /// <item>It is refused: the job is rejected, and takes its output as any other does.</item>
    /// </list>
    /// </summary>
    public Task<EntryReport> EnterAsync(IReadOnlyList<JobEntry> batch, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var entries = await EntryBatch.LoadAsync(context, batch, _options, _time.GetUtcNow(), cancellationToken);
            EnteredJob[] entered = [.. batch.Select(entries.Enter)];
            return new EntryReport(entered, await new EntryWriter(context, entries).WriteAsync(cancellationToken));
        }, cancellationToken);
}
