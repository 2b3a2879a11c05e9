using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Takes no more of its rows, and publishes no more of its jobs; those at the broker or at work are finished, and those that somebody else wants.</summary>
    /// <exception cref="RefusedException">There is no such run, or its manifest is not entered yet.</exception>
    public Task<RunCommandReport> PauseRunAsync(string name, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var run = await context.RunOfAsync(name, cancellationToken);
            if (run.State == RunState.Entering)
            {
                throw new RefusedException($"The manifest of run '{name}' is not entered yet, so nothing of it is done; give its 'dip archive run' again to go on, and then pause it.");
            }

            var changed = run.State == RunState.Active;
            (run.State, run.Pace) = (RunState.Paused, null);
            await context.SaveChangesAsync(cancellationToken);
            var held = await (await context.ToHoldAsync(run, cancellationToken)).ExecuteUpdateAsync(set => set.SetProperty(j => j.DueAt, Held), cancellationToken);
            return new RunCommandReport(name, changed, held);
        }, cancellationToken);

    /// <summary>Goes on where it was paused.</summary>
    /// <exception cref="RefusedException">There is no such run.</exception>
    public Task<RunCommandReport> ResumeRunAsync(string name, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var run = await context.RunOfAsync(name, cancellationToken);
            if (run.State != RunState.Paused)
            {
                return new RunCommandReport(name, false, 0);
            }

            run.State = RunState.Active;
            var released = await context.JobsOf(run).Where(j => j.DueAt == Held)
                .ExecuteUpdateAsync(set => set.SetProperty(j => j.DueAt, (DateTimeOffset?)null), cancellationToken);
            return new RunCommandReport(name, true, released);
        }, cancellationToken);

    /// <summary>
    /// Has the rows that were rejected, failed or cancelled looked at and tried again, in their turn. Their jobs are queued again as each
    /// is entered, so that a million cost one statement here.
    /// </summary>
    /// <exception cref="RefusedException">There is no such run.</exception>
    public Task<RunCommandReport> RetryRunAsync(string name, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var run = await context.RunOfAsync(name, cancellationToken);
            var ended = context.RunRows.Where(r => r.RunId == run.Id && r.State >= RowState.Rejected);
            await context.TallyAsync(ended, RowState.Pending, cancellationToken);
            var rows = await ended.ExecuteUpdateAsync(
                set => set.SetProperty(r => r.State, RowState.Pending).SetProperty(r => r.Retry, true).SetProperty(r => r.Reason, (string?)null), cancellationToken);
            if (rows > 0)
            {
                (run.EndedAt, run.Pace) = (null, null);
            }

            return new RunCommandReport(name, rows > 0, rows);
        }, cancellationToken);

    // A time that never comes: such a job waits, but not for its time.
    private static readonly DateTimeOffset? Held = RunQueries.Held;
}
