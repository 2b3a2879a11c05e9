using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Sources;

/// <summary>
/// How a job gets to another place: not by itself, since only the Watcher knows which files belong to a picture. The sources that
/// want its result are looked at and entered again, and the first of them takes it over.
/// </summary>
internal static class Reexamination
{
    /// <returns>How many sources want the results of these jobs.</returns>
    public static async Task<int> ReexamineSourcesOfAsync(this CatalogueContext context, IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken) =>
        jobIds.Count == 0
            ? 0
            : await context.Sources.Where(s => jobIds.Contains(s.JobId!)).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken);

    /// <returns>Whether that source is there, and wants the job's result.</returns>
    public static async Task<bool> ReexamineSourceAsync(this CatalogueContext context, string path, string jobId, CancellationToken cancellationToken) =>
        await context.Sources.Where(s => s.Path == path && s.JobId == jobId).ExecuteUpdateAsync(set => set.SetProperty(s => s.Reexamine, true), cancellationToken) > 0;
}
