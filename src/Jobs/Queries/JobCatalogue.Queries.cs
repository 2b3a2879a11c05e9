using DipPipeline.Contracts;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Jobs, newest first.</summary>
    public Task<IReadOnlyList<JobSummary>> ListAsync(JobFilter filter, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<JobSummary>>(async context =>
        {
            List<Job> jobs = [];
            // State by state: of one, the newest are next to each other in an index.
            foreach (var each in filter.States.Count < 2 ? [filter] : filter.States.Distinct().Select(state => filter with { States = [state] }))
            {
                jobs.AddRange(await context.Matching(each).OrderByDescending(j => j.Number).ToListAsync(cancellationToken));
            }

            return [.. jobs.OrderByDescending(j => j.Number).Take(filter.Limit ?? int.MaxValue).Select(Views.Summary)];
        }, cancellationToken);

    /// <summary>Everything about one job.</summary>
    /// <param name="id">Its id, or as much of its beginning as no other has.</param>
    /// <returns><see langword="null"/> when there is none.</returns>
    /// <exception cref="RefusedException">Several ids begin so.</exception>
    public Task<JobDetail?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        ReadAsync(async context =>
        {
            // Ids are lower-case hexadecimal: whatever begins so lies before the same text with a 'g'.
            var (first, beyond) = (id.ToLowerInvariant(), id.ToLowerInvariant() + "g");
            var jobs = await context.Jobs
                .Where(j => string.Compare(j.Id, first) >= 0 && string.Compare(j.Id, beyond) < 0)
                .OrderBy(j => j.Id).Take(MostNamed + 1).ToListAsync(cancellationToken);
            if (jobs.Count == 0)
            {
                return null;
            }

            if (jobs.Count > 1 && jobs[0].Id != first)
            {
                var more = jobs.Count > MostNamed ? ", …" : "";
                throw new RefusedException($"'{id}' is the beginning of several jobs: {string.Join(", ", jobs.Take(MostNamed).Select(j => j.Id))}{more}; give more of it.");
            }

            var job = jobs[0];
            return Views.Detail(
                job,
                await context.Recipes.SingleAsync(r => r.Id == job.RecipeId, cancellationToken),
                await context.Placements.Where(p => p.Output == job.Output && p.JobId == job.Id).Union(context.CopiesOf(new[] { job.Id })).OrderBy(p => p.Output).ToListAsync(cancellationToken),
                await context.Attempts.Where(a => a.JobNumber == job.Number).OrderBy(a => a.Generation).ThenBy(a => a.Number).ToListAsync(cancellationToken),
                await context.Results.SingleOrDefaultAsync(r => r.JobNumber == job.Number, cancellationToken));
        }, cancellationToken);

    private const int MostNamed = 3;

    /// <summary>How many jobs there are of each task in each state; none where there are none.</summary>
    public Task<IReadOnlyList<StateCount>> SummaryAsync(CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<StateCount>>(
            async context => await context.Jobs.GroupBy(j => new { j.State, j.Task })
                .Select(g => new StateCount(g.Key.Task, g.Key.State, g.Count()))
                .ToListAsync(cancellationToken),
            cancellationToken);

    /// <summary>When the next deferred job is due; <see langword="null"/> when none is deferred.</summary>
    public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(
            context => context.Jobs.Where(j => j.DueAt != null && j.DueAt != Held).OrderBy(j => j.DueAt).Select(j => j.DueAt).FirstOrDefaultAsync(cancellationToken),
            cancellationToken);
}
