using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Queries;

internal static class Filtering
{
    /// <summary>Newest first where there is a limit, so that it is the newest that are left.</summary>
    public static IQueryable<Job> Matching(this CatalogueContext context, JobFilter filter)
    {
        IQueryable<Job> jobs = context.Jobs;
        if (filter.States is [var only])
        {
            jobs = jobs.Where(j => j.State == only);
        }
        else if (filter.States is { Count: > 1 } states)
        {
            jobs = jobs.Where(j => states.Contains(j.State));
        }

        if (filter.Task is { } task)
        {
            jobs = jobs.Where(j => j.Task == task);
        }

        if (filter.Path is { } pattern)
        {
            jobs = context.WherePathFits(jobs, pattern);
        }

        if (filter.Since is { } since)
        {
            jobs = jobs.Where(j => j.EnteredAt >= since);
        }

        return filter.Limit is { } limit ? jobs.OrderByDescending(j => j.Number).Take(limit) : jobs;
    }
}
