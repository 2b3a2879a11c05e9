using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Watcher;

/// <summary>Has pictures looked at again that the catalogue is in doubt about: retried, found changed by a Host, or without an original to copy.</summary>
internal sealed class Reexaminer(
    JobCatalogue catalogue, IReadOnlyList<(WatchedFolder Folder, FolderHints Hints)> folders, SourceIndex sources, SubmissionDesk desk, WatcherOptions options, Pulse pulse,
    TimeProvider time)
{
    private readonly Unreadable<string> _unreadable = new(options.UnreadableTimeout, time);

    public async Task TakeAsync(CancellationToken cancellation)
    {
        var putOff = _unreadable.PutOff();
        foreach (var source in (await catalogue.ReexaminationsAsync(cancellation).ConfigureAwait(false)).Where(s => !putOff.Contains(s)))
        {
            if (SubmittedPath.Parse(source) is { } submitted)
            {
                // Told until it is entered: no folder's look would find it after the next start.
                sources.Forget(source);
                pulse.Rest();
                var isEntered = await TrySubmitAgainAsync(source, submitted.Path, submitted.Task, cancellation).ConfigureAwait(false);
                pulse.Beat();
                if (isEntered)
                {
                    await catalogue.ReexaminedAsync(source, cancellation).ConfigureAwait(false);
                }

                continue;
            }

            await catalogue.ReexaminedAsync(source, cancellation).ConfigureAwait(false);
            sources.Forget(source);
            if (folders.Where(f => f.Folder.Path.Length == 0 || source.StartsWith(f.Folder.Path + "/", StringComparison.Ordinal)).MaxBy(f => f.Folder.Path.Length) is { Hints: { } hints } found)
            {
                var (at, name) = found.Folder.Split(source);
                hints.Add(at, name);
            }
        }
    }

    // What was said with the submission stands in its newest job.
    private async Task<bool> TrySubmitAgainAsync(string source, string path, string task, CancellationToken cancellation)
    {
        var jobs = await catalogue.ListAsync(new JobFilter { Task = task, Path = Pattern(path), Limit = 100 }, cancellation).ConfigureAwait(false);
        var job = jobs.FirstOrDefault(j => j.Path == path) is { } newest ? await catalogue.FindAsync(newest.JobId, cancellation).ConfigureAwait(false) : null;
        return await desk.TryEnterAsync(
            _unreadable,
            source,
            new SubmitRestoration
            {
                Paths = [path],
                Task = task,
                Preset = job?.Preset is { Length: > 0 } preset ? preset : null,
                Options = job?.Options ?? new Dictionary<string, string>(),
                Seed = job?.Seed ?? 0,
                Priority = job?.Summary.Priority ?? 0,
            }, cancellation).ConfigureAwait(false);
    }

    // What stands for other text in a pattern stands for one character here, and what was found is compared with the path itself.
    private static string Pattern(string path) => path.Replace('*', '?');
}
