using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using DipPipeline.Jobs.Sources;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Entry;

/// <summary>Writes what a batch decided. Jobs known before are tracked by the context, and saved with it.</summary>
internal sealed class EntryWriter(CatalogueContext context, EntryBatch batch)
{
    /// <returns>The jobs whose Hosts are to be told to stop.</returns>
    public async Task<IReadOnlyList<CancelRestoration>> WriteAsync(CancellationToken cancellationToken)
    {
        await WriteSourcesAsync(cancellationToken);
        await WritePlacementsAsync(cancellationToken);
        await RenewAsync(cancellationToken);
        var cancels = await SupersedeAsync(cancellationToken);
        // Last: a later entry of the batch may have superseded what an earlier one had brought.
        await WriteNewJobsAsync(cancellationToken);
        await WriteRowsAsync(cancellationToken);
        return cancels;
    }

    private async Task WriteSourcesAsync(CancellationToken cancellationToken) => await context.InsertAsync(
        nameof(context.Sources),
        [nameof(Source.Path), nameof(Source.Fingerprint), nameof(Source.JobId), nameof(Source.Reexamine)],
        """("Path") DO UPDATE SET "Fingerprint" = excluded."Fingerprint", "JobId" = excluded."JobId", "Reexamine" = excluded."Reexamine" """,
        batch.Sources.Values.Select(s => new object?[] { s.Path, s.Fingerprint, s.JobId, false }),
        cancellationToken);

    private async Task WritePlacementsAsync(CancellationToken cancellationToken) => await context.InsertAsync(
        nameof(context.Placements),
        [nameof(Placement.Output), nameof(Placement.SourcePath), nameof(Placement.JobId), nameof(Placement.Generation), nameof(Placement.State)],
        """
        ("Output") DO UPDATE SET "SourcePath" = excluded."SourcePath", "JobId" = excluded."JobId",
            "Generation" = excluded."Generation", "State" = excluded."State", "CopiedAt" = NULL
        """,
        batch.ChangedPlacements.Values.Select(p => new object?[] { p.Output, p.SourcePath, p.JobId, p.Generation, (int)p.State }),
        cancellationToken);

    private async Task WriteRowsAsync(CancellationToken cancellationToken)
    {
        var tally = new RowTally();
        foreach (var run in batch.Rows.GroupBy(r => r.Key.Run))
        {
            var numbers = run.Select(r => r.Key.Number).ToList();
            foreach (var row in await context.RunRows.AsTracking().Where(r => r.RunId == run.Key && numbers.Contains(r.Number)).ToListAsync(cancellationToken))
            {
                var (jobId, state) = batch.Rows[new(run.Key, row.Number)];
                tally.Move(run.Key, row.State, state);
                (row.JobId, row.State, row.Retry, row.Reason) = (jobId, state, false, null);
            }
        }

        await tally.WriteAsync(context, cancellationToken);
    }

    private async Task WriteNewJobsAsync(CancellationToken cancellationToken)
    {
        await context.InsertAsync(
            nameof(context.Recipes),
            [nameof(Recipe.Id), nameof(Recipe.PluginVersion), nameof(Recipe.Preset), nameof(Recipe.Options)],
            "DO NOTHING",
            batch.NewRecipes.Select(r => new object?[] { r.Id, r.PluginVersion, r.Preset, r.Options }),
            cancellationToken);
        await context.InsertAsync(
            nameof(context.Jobs),
            [
                nameof(Job.Id), nameof(Job.Task), nameof(Job.RecipeId), nameof(Job.Seed), nameof(Job.PicturePath), nameof(Job.PictureSha256),
                nameof(Job.PictureLength), nameof(Job.Companions), nameof(Job.Output), nameof(Job.Priority), nameof(Job.Generation), nameof(Job.Slice),
                nameof(Job.State), nameof(Job.CancelRequested), nameof(Job.Superseded), nameof(Job.IsRefused), nameof(Job.ClearState), nameof(Job.Deferrals),
                nameof(Job.EnteredAt), nameof(Job.EndedAt), nameof(Job.Reason),
            ],
            null,
            batch.NewJobs.Select(j => new object?[]
            {
                j.Id, j.Task, j.RecipeId, j.Seed, j.PicturePath, j.PictureSha256,
                j.PictureLength, j.Companions, j.Output, j.Priority, j.Generation, j.Slice,
                (int)j.State, j.CancelRequested, j.Superseded, j.IsRefused, j.ClearState, j.Deferrals,
                j.EnteredAt.UtcTicks, j.EndedAt?.UtcTicks, j.Reason,
            }),
            cancellationToken);
    }

    // Copies of an earlier generation's result that were not made yet wait for the new one; attempts at it are over.
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (batch.Renewed.Count == 0)
        {
            return;
        }

        await context.CopiesOf(batch.Renewed).Where(p => p.State == PlacementState.CopyDue)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, PlacementState.AwaitsResult), cancellationToken);
        var numbers = batch.Renewed.Select(batch.Job).Select(j => j.Number).ToList();
        await context.Attempts.Where(a => numbers.Contains(a.JobNumber) && a.EndedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.EndedAt, batch.Now).SetProperty(a => a.Outcome, AttemptOutcome.Cancelled).SetProperty(a => a.Reason, "The job was queued again."),
            cancellationToken);
    }

    // The jobs whose own output is now another's, unless they have ended or found another output in the same batch.
    private async Task<IReadOnlyList<CancelRestoration>> SupersedeAsync(CancellationToken cancellationToken)
    {
        List<string> superseded = [];
        List<CancelRestoration> cancels = [];
        foreach (var (id, source) in batch.Displaced)
        {
            var job = batch.Job(id);
            if (job.HasEnded || batch.OwnsItsOutput(job))
            {
                continue;
            }

            superseded.Add(id);
            job.Superseded = true;
            var reason = $"Superseded by a newer version of '{source}'.";
            if (job.IsOutstanding)
            {
                job.Reason = reason;
                job.CancelRequested = true;
                cancels.Add(new(id, job.Generation));
            }
            else
            {
                job.End(JobState.Cancelled, reason, batch.Now);
            }
        }

        await context.RequestCancelsAsync(cancels, batch.Now, cancellationToken);
        await context.ReexamineSourcesOfAsync([.. superseded.Select(batch.Job)], cancellationToken);
        return cancels;
    }
}
