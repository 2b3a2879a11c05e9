using DipPipeline.Contracts;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Begins an archive run, or goes on with one: its rows follow by <see cref="AddRowsAsync"/>, from <see cref="RunOpening.LastRow"/>
    /// on, and then <see cref="RowsAddedAsync"/>. Nothing is done of it before, so that another manifest may take its place until then. A run
    /// that is paused stays so.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="fingerprint">A hash of all its rows and settings.</param>
    /// <param name="origin">The manifest, as a person named it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Another manifest has a run of this name.</exception>
    public Task<RunOpening> OpenRunAsync(string name, string fingerprint, string origin, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var run = await context.Runs.SingleOrDefaultAsync(r => r.Name == name, cancellationToken);
            if (run is { State: RunState.Entering } && run.Fingerprint != fingerprint)
            {
                await context.DropAsync(run.Id, cancellationToken);
                run = null;
            }

            if (run is null)
            {
                run = new() { Name = name, Fingerprint = fingerprint, Origin = origin, CreatedAt = _time.GetUtcNow() };
                context.Runs.Add(run);
                await context.SaveChangesAsync(cancellationToken);
            }
            else if (run.Fingerprint != fingerprint)
            {
                throw new RefusedException($"There is a run '{name}' already, of other rows or options (from '{run.Origin}'); give this one another name with --name, or the same manifest and options to go on with that one.");
            }

            var last = await context.RunRows.Where(r => r.RunId == run.Id).MaxAsync(r => (int?)r.Number, cancellationToken) ?? 0;
            return new RunOpening(run.Id, last, run.State != RunState.Entering);
        }, cancellationToken);

    /// <summary>Enters rows, all or none; those that are there already stay as they are. Some thousands at a time are fast.</summary>
    /// <exception cref="RefusedException">Another manifest took the run's place meanwhile.</exception>
    public Task AddRowsAsync(long run, IReadOnlyCollection<RowSettings> settings, IReadOnlyCollection<ManifestRow> rows, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            if (!await context.Runs.AnyAsync(r => r.Id == run, cancellationToken))
            {
                throw new RefusedException("Another manifest took the place of this run while it was entered; nothing of this one is kept. Give it another name with --name.");
            }

            await context.InsertAsync(
                nameof(context.RunSettings),
                [nameof(Schema.RunSettings.RunId), nameof(Schema.RunSettings.Number), nameof(Schema.RunSettings.Settings)],
                "DO NOTHING",
                settings.Select(s => new object?[] { run, s.Number, Json.Write(s) }),
                cancellationToken);
            var added = await context.InsertAsync(
                nameof(context.RunRows),
                [
                    nameof(RunRow.RunId), nameof(RunRow.Number), nameof(RunRow.Settings), nameof(RunRow.Path), nameof(RunRow.Mask), nameof(RunRow.Output),
                    nameof(RunRow.Priority), nameof(RunRow.State), nameof(RunRow.Retry),
                ],
                "DO NOTHING",
                rows.Select(r => new object?[] { run, r.Number, r.Settings, r.Path, r.Mask, r.Output, r.Priority, (int)RowState.Pending, false }),
                cancellationToken);
            var tally = new RowTally();
            tally.Add(run, RowState.Pending, added);
            await tally.WriteAsync(context, cancellationToken);
            return added;
        }, cancellationToken);

    /// <summary>All rows are there: the Watcher may begin.</summary>
    public Task RowsAddedAsync(long run, CancellationToken cancellationToken = default)
    {
        var now = _time.GetUtcNow();
        return WriteAsync(
            context => context.Runs.Where(r => r.Id == run && r.State == RunState.Entering)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RunState.Active).SetProperty(r => r.EnteredAt, now), cancellationToken),
            cancellationToken);
    }
}
