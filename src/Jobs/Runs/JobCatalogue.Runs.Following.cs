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
        var (moves, paused, marks) = await ReadAsync(
            async context =>
            {
                var runs = await context.Runs.Where(r => r.EndedAt == null && r.State != RunState.Entering).ToListAsync(cancellationToken);
                var moves = runs.Count == 0 ? [] : await RunProgress.MovesAsync(context, [.. runs.Select(r => r.Id)], cancellationToken);
                // What was put off, or could not be published, comes back to a run that was paused meanwhile.
                List<Run> paused = [];
                foreach (var run in runs.Where(r => r.State == RunState.Paused))
                {
                    paused.AddRange(await (await context.ToHoldAsync(run, cancellationToken)).AnyAsync(cancellationToken) ? [run] : []);
                }

                return (moves, paused, runs.Any(r => r.State == RunState.Active && Pace.Read(r.Pace).IsDue(now)));
            }, cancellationToken);
        return moves.Count == 0 && paused.Count == 0 && !marks ? 0 : await WriteAsync(
            async context =>
            {
                var progress = new RunProgress(context, now);
                var moved = await progress.MoveAsync(moves, cancellationToken);
                foreach (var run in paused)
                {
                    await (await context.ToHoldAsync(run, cancellationToken)).ExecuteUpdateAsync(set => set.SetProperty(j => j.DueAt, Held), cancellationToken);
                }

                await progress.MarkAsync(cancellationToken);
                return moved;
            }, cancellationToken);
    }
}
