using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Has rows follow their jobs: those whose jobs have ended end, and those whose pictures changed meanwhile wait for another look.
    /// To be called now and then by whoever leads; a crash between loses nothing, as all of it is read from the jobs.
    /// </summary>
    /// <returns>How many rows moved.</returns>
    public async Task<int> FollowRunsAsync(CancellationToken cancellationToken = default)
    {
        var now = _time.GetUtcNow();
        var (following, paused, marks) = await ReadAsync(
            async context =>
            {
                var runs = await context.Runs.Where(r => r.EndedAt == null && r.State != RunState.Entering).ToListAsync(cancellationToken);
                List<long> following = [.. runs.Select(r => r.Id)];
                following = following.Count > 0 && (await RunProgress.MovesAsync(context, following, cancellationToken)).Count > 0 ? following : [];
                // What was put off, or could not be published, comes back to a run that was paused meanwhile.
                List<Run> paused = [];
                foreach (var run in runs.Where(r => r.State == RunState.Paused))
                {
                    paused.AddRange(await (await context.ToHoldAsync(run, cancellationToken)).AnyAsync(cancellationToken) ? [run] : []);
                }

                return (following, paused, runs.Any(r => r.State == RunState.Active && Pace.Read(r.Pace).IsDue(now)));
            }, cancellationToken);
        return following.Count == 0 && paused.Count == 0 && !marks ? 0 : await WriteAsync(
            async context =>
            {
                var progress = new RunProgress(context, now);
                // Looked for once more: a job may have been given another try before this was the only writer.
                var moved = following.Count == 0 ? 0 : await progress.MoveAsync(await RunProgress.MovesAsync(context, following, cancellationToken), cancellationToken);
                foreach (var run in paused)
                {
                    await (await context.ToHoldAsync(run, cancellationToken)).ExecuteUpdateAsync(set => set.SetProperty(j => j.DueAt, Held), cancellationToken);
                }

                await progress.MarkAsync(cancellationToken);
                return moved;
            }, cancellationToken);
    }
}
