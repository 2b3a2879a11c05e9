using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Schema;
using DipPipeline.Jobs.Sources;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Copies of results to be made now; each is told until <see cref="CopiedAsync"/> or <see cref="CopyFailedAsync"/> says what became of it.</summary>
    /// <param name="after">The last output of those before; empty for the first. In the order of the outputs.</param>
    /// <param name="limit">At most so many.</param>
    public Task<IReadOnlyList<PendingCopy>> PendingCopiesAsync(string after, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<PendingCopy>>(
            async context => await context.Placements.Where(p => p.State == PlacementState.CopyDue && string.Compare(p.Output, after) > 0)
                .OrderBy(p => p.Output)
                .Join(context.Jobs, p => p.JobId, j => j.Id, (p, j) => new PendingCopy(p.Output, p.Generation, p.SourcePath, p.JobId, j.Output))
                .Take(limit).ToListAsync(cancellationToken),
            cancellationToken);

    /// <summary>Whether the copy is still to be made: its output is not another generation's by now.</summary>
    public Task<bool> IsDueAsync(PendingCopy copy, CancellationToken cancellationToken = default) =>
        ReadAsync(context => context.DueCopy(copy.Output, copy.Generation).AnyAsync(cancellationToken), cancellationToken);

    /// <summary>The copy is there.</summary>
    /// <returns><see langword="false"/> when that output is another generation's by now.</returns>
    public Task<bool> CopiedAsync(string output, int generation, CancellationToken cancellationToken = default) =>
        WriteAsync(
            async context => await context.DueCopy(output, generation).ExecuteUpdateAsync(
                set => set.SetProperty(p => p.State, PlacementState.Copied).SetProperty(p => p.CopiedAt, _time.GetUtcNow()), cancellationToken) > 0,
            cancellationToken);

    /// <summary>
    /// The original is gone or is another job's by now, so there is nothing to copy; not for errors that may pass. The copy's source is
    /// looked at again, and the job is done again for it. Where that source is gone too, the output stays without a result.
    /// </summary>
    /// <param name="reason">One sentence.</param>
    /// <returns><see langword="false"/> when that output is another generation's by now.</returns>
    public Task<bool> CopyFailedAsync(string output, int generation, string reason, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            if (await context.DueCopy(output, generation).AsTracking().SingleOrDefaultAsync(cancellationToken) is not { } placement)
            {
                return false;
            }

            var job = await context.Jobs.AsTracking().SingleAsync(j => j.Id == placement.JobId, cancellationToken);
            if (await context.ReexamineSourceAsync(placement.SourcePath, job.Id, cancellationToken))
            {
                job.End(JobState.Cancelled, reason, _time.GetUtcNow());
                job.Superseded = true;
                await context.CopiesOf([job.Id]).Where(p => p.State == PlacementState.CopyDue)
                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, PlacementState.AwaitsResult), cancellationToken);
            }
            else
            {
                placement.State = PlacementState.CopyFailed;
            }

            return true;
        }, cancellationToken);
}

internal static class DueCopies
{
    public static IQueryable<Placement> DueCopy(this CatalogueContext context, string output, int generation) =>
        context.Placements.Where(p => p.Output == output && p.Generation == generation && p.State == PlacementState.CopyDue);
}
