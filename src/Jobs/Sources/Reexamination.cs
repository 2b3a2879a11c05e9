using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Sources;

/// <summary>
/// How a job gets to another place: not by itself, since only the Watcher knows which files belong to a picture. The sources that
/// want its result are looked at and entered again, and the first of them takes it over.
/// </summary>
internal static class Reexamination
{
    /// <summary>The sources that want the results of these jobs.</summary>
    public static IQueryable<Source> SourcesOf(this CatalogueContext context, IReadOnlyCollection<Job> jobs)
    {
        var (ids, outputs) = (jobs.Select(j => j.Id).ToList(), jobs.Select(j => j.Output).ToList());
        var paths = context.Placements.Where(p => outputs.Contains(p.Output)).Concat(context.CopiesOf(ids)).Select(p => p.SourcePath);
        return context.Sources.Where(s => paths.Contains(s.Path) && ids.Contains(s.JobId!));
    }

    public static async Task ReexamineSourcesOfAsync(this CatalogueContext context, IReadOnlyCollection<Job> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count > 0)
        {
            await context.SourcesOf(jobs).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken);
        }
    }

    /// <returns>Whether that source is there, and wants the job's result.</returns>
    public static async Task<bool> ReexamineSourceAsync(this CatalogueContext context, string path, string jobId, CancellationToken cancellationToken) =>
        await context.Sources.Where(s => s.Path == path && s.JobId == jobId).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken) > 0;
}
