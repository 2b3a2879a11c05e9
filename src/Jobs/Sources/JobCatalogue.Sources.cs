using System.Runtime.CompilerServices;
using DipPipeline.Jobs.Schema;
using DipPipeline.Jobs.Sources;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Every picture that the Watcher has entered, in no order, read as it is enumerated.</summary>
    public async IAsyncEnumerable<SeenSource> LoadSourcesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await foreach (var source in context.Sources.Select(s => new SeenSource(s.Path, s.Fingerprint)).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return source;
        }
    }

    /// <summary>The pictures are gone: seen again, they are entered again. Their jobs and results stay.</summary>
    public Task ForgetSourcesAsync(IReadOnlyCollection<string> paths, CancellationToken cancellationToken = default) =>
        WriteAsync(context => context.Sources.Where(s => paths.Contains(s.Path)).ExecuteDeleteAsync(cancellationToken), cancellationToken);

    /// <summary>
    /// Paths of the pictures to be looked at, and entered, again: because a person retries what the Watcher rejected, or because what
    /// was to be made of them is in doubt. Each is told until it is entered again, or <see cref="ReexaminedAsync"/>.
    /// </summary>
    public Task<IReadOnlyList<string>> ReexaminationsAsync(CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<string>>(
            async context => await context.Sources.Where(s => s.Reexamine).Select(s => s.Path).ToListAsync(cancellationToken), cancellationToken);

    /// <summary>
    /// The picture is being looked at again, which need not be told any more. Its fingerprint is emptied, so that a Watcher that dies
    /// before it has looked finds it changed after the next start.
    /// </summary>
    public Task ReexaminedAsync(string path, CancellationToken cancellationToken = default) =>
        WriteAsync(
            context => context.Sources.Where(s => s.Path == path && s.Reexamine).ExecuteUpdateAsync(
                set => set.SetProperty(s => s.Reexamine, false).SetProperty(s => s.Fingerprint, ""), cancellationToken),
            cancellationToken);
}
