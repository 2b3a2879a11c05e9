using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Runs;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Which of the candidates have their result, as far as can be told without their hashes: made in the same way, of a picture of the
    /// same length. About a thousand at a time are fast.
    /// </summary>
    /// <returns>Their outputs.</returns>
    public Task<IReadOnlySet<string>> DoneAsync(IReadOnlyCollection<DoneCandidate> candidates, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlySet<string>>(async context =>
        {
            var outputs = candidates.Select(c => c.Output).ToList();
            var found = await (
                from placement in context.Placements
                where outputs.Contains(placement.Output) && (placement.State == PlacementState.Own || placement.State == PlacementState.Copied)
                join job in context.Jobs on placement.JobId equals job.Id
                where job.State == JobState.Completed
                select new { placement.Output, job.Task, job.RecipeId, job.Seed, job.PictureLength }).ToDictionaryAsync(f => f.Output, StringComparer.Ordinal, cancellationToken);
            var recipes = new Dictionary<(IReadOnlyDictionary<string, string>, string, string), string>();
            return candidates.Where(c => found.TryGetValue(c.Output, out var there)
                && there.Task == c.Task && there.Seed == c.Seed && there.PictureLength == c.Length && there.RecipeId == Recipe(c)).Select(c => c.Output).ToHashSet(StringComparer.Ordinal);

            string Recipe(DoneCandidate c)
            {
                var key = (c.Options, c.PluginVersion, c.Preset);
                return recipes.TryGetValue(key, out var id) ? id : recipes[key] = Recipes.IdOf(c.PluginVersion, c.Preset, Json.Write(c.Options));
            }
        }, cancellationToken);

    /// <summary>Takes back a run that is not entered as a whole: its manifest changed meanwhile, so that its rows are not what its fingerprint says.</summary>
    public Task DropRunAsync(long run, CancellationToken cancellationToken = default) =>
        WriteAsync(context => context.DropAsync(run, cancellationToken), cancellationToken);
}
