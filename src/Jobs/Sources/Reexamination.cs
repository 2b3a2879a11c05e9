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
    public static IQueryable<Source> SourcesOf(this CatalogueContext context, IReadOnlyCollection<string> jobIds)
    {
        // By the placements, whose index has the job.
        var paths = context.Placements.Where(p => jobIds.Contains(p.JobId)).Select(p => p.SourcePath);
        return context.Sources.Where(s => paths.Contains(s.Path) && jobIds.Contains(s.JobId!));
    }

    public static async Task ReexamineSourcesOfAsync(this CatalogueContext context, IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken)
    {
        if (jobIds.Count > 0)
        {
            await context.SourcesOf(jobIds).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken);
        }
    }

    /// <returns>Whether that source is there, and wants the job's result.</returns>
    public static async Task<bool> ReexamineSourceAsync(this CatalogueContext context, string path, string jobId, CancellationToken cancellationToken) =>
        await context.Sources.Where(s => s.Path == path && s.JobId == jobId).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken) > 0;
}
