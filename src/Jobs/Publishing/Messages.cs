using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Publishing;

/// <summary>Jobs as messages.</summary>
internal static class Messages
{
    public static async Task<IReadOnlyList<QueuedJob>> MessagesOfAsync(this CatalogueContext context, IReadOnlyList<Job> jobs, CancellationToken cancellationToken)
    {
        var ids = jobs.Select(j => j.RecipeId).Distinct().ToList();
        var recipes = await context.Recipes.Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, cancellationToken);
        return [.. jobs.Select(job => new QueuedJob(Message(job, recipes[job.RecipeId]), job.ClearState))];
    }

    public static IReadOnlyDictionary<string, SourceFile> CompanionsOf(Job job) =>
        job.Companions is null ? new Dictionary<string, SourceFile>() : Json.Read<Dictionary<string, SourceFile>>(job.Companions);

    private static RestoreImage Message(Job job, Recipe recipe) => new()
    {
        JobId = job.Id,
        Generation = job.Generation,
        Slice = job.Slice,
        Task = job.Task,
        PluginVersion = recipe.PluginVersion,
        Preset = recipe.Preset,
        Options = Json.Read<Dictionary<string, string>>(recipe.Options),
        Seed = job.Seed,
        Picture = new(job.PicturePath, job.PictureSha256, job.PictureLength),
        Companions = CompanionsOf(job),
        Output = job.Output,
    };
}
