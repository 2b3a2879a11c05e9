using System.Threading.Channels;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Enters pictures that somebody names. One that lies in a watched folder of the same task is entered as that folder's, with what was
/// said on top; any other one gets a place of its own, <c>TASK/PATH</c> below the results.
/// </summary>
internal sealed class SubmissionDesk(
    JobCatalogue catalogue, IReadOnlyList<WatchedFolder> folders, KnownTasks tasks, ChannelWriter<SourceLook> looks, ISourceTree tree, IArtifactStore inputs, StorageOptions storage, WatcherOptions options, Pulse pulse,
    TimeProvider time, ILogger log)
{
    private const int AtATime = 100;

    private readonly Unreadable<long> _unreadable = new(options.UnreadableTimeout, time);
    private readonly string _inputs = StorageRoot.Place(storage.Inputs, "");

    /// <summary>Enters what was submitted. What cannot be read waits, as long as the storage is there, and those behind it have their turn.</summary>
    /// <exception cref="StorageUnavailableException">The storage is away: all wait for it.</exception>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var putOff = _unreadable.PutOff();
            var submissions = (await catalogue.SubmissionsAsync(AtATime + putOff.Count, cancellation).ConfigureAwait(false)).Where(s => !putOff.Contains(s.Number)).ToList();
            if (submissions.Count == 0)
            {
                return;
            }

            foreach (var submission in submissions)
            {
                // However long that takes while the catalogue is away.
                pulse.Rest();
                var isEntered = await TryEnterAsync(_unreadable, submission.Number, submission.Request, cancellation).ConfigureAwait(false);
                pulse.Beat();
                if (isEntered)
                {
                    await catalogue.RemoveSubmissionsAsync([submission.Number], cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Enters pictures, or puts them off.</summary>
    /// <returns>Whether all of them are entered, one that could not be read for long as refused.</returns>
    /// <exception cref="StorageUnavailableException">The storage is away.</exception>
    public async Task<bool> TryEnterAsync<TKey>(Unreadable<TKey> unreadable, TKey key, SubmitRestoration request, CancellationToken cancellation)
        where TKey : notnull
    {
        try
        {
            await EnterAsync(request, isLastTry: false, cancellation).ConfigureAwait(false);
            unreadable.Read([key], 1);
        }
        catch (StorageUnavailableException e)
        {
            if (await inputs.IsAwayAsync(cancellation).ConfigureAwait(false))
            {
                throw;
            }

            if (!unreadable.IsKnown(key))
            {
                Log.SubmissionPutOff(log, string.Join(", ", request.Paths.Take(3)), e.Message);
            }

            if (!unreadable.Failed(key))
            {
                return false;
            }

            await EnterAsync(request, isLastTry: true, cancellation).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Enters pictures, and returns once they are in the catalogue. Those that are there already may be entered again.</summary>
    /// <exception cref="StorageUnavailableException">The storage is away, and not all were entered.</exception>
    private async Task EnterAsync(SubmitRestoration request, bool isLastTry, CancellationToken cancellation)
    {
        var layer = new OptionLayer { Origin = "the submission", Preset = request.Preset, Seed = request.Seed, Priority = request.Priority, Options = request.Options };
        var pending = new List<Task>();
        foreach (var path in request.Paths.Distinct(StringComparer.Ordinal))
        {
            var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await looks.WriteAsync(Look(path, request.Task, layer, isLastTry) with { Entered = entered, IsLastTry = isLastTry }, cancellation).ConfigureAwait(false);
            pending.Add(entered.Task);
        }

        await Task.WhenAll(pending).WaitAsync(cancellation).ConfigureAwait(false);
    }

    private SourceLook Look(string path, string taskId, OptionLayer layer, bool isLastTry)
    {
        if (tasks.Find(taskId) is not { } task)
        {
            return Refused(path, taskId, $"'{path}' was submitted for task '{taskId}'; accepted: {string.Join(", ", tasks.All.Select(t => t.Id))}.");
        }

        var watched = folders.Where(f => IsIn(f, path)).MaxBy(f => f.Path.Length);
        var isWatched = watched?.Task.Id == taskId;
        var folder = isWatched ? watched! : Elsewhere(task);
        var relative = folder.Path.Length == 0 ? path : path[(folder.Path.Length + 1)..];
        try
        {
            if (Fault(path) is { } fault)
            {
                return Refused(path, taskId, fault);
            }

            return new SubmittedPicture(folder, tree, log).Look(relative, isWatched ? path : SubmittedPath.Of(path, taskId), layer)
                ?? Refused(path, taskId, $"'{path}' is no picture that can be submitted; accepted: a file in '{_inputs}' that is neither hidden nor unfinished.");
        }
        // It waits for the storage.
        catch (IOException e) when (!isLastTry && e.InnerException is StorageUnavailableException away)
        {
            throw new StorageUnavailableException(away.Place, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || (isLastTry && e is StorageUnavailableException))
        {
            return Refused(path, taskId, $"'{path}' cannot be read: {e.Message}");
        }
    }

    private string? Fault(string path)
    {
        try
        {
            ArtifactPath.Check(path);
        }
        catch (ArtifactPathException e)
        {
            return e.Message;
        }

        return tree.Fault(path);
    }

    private WatchedFolder Elsewhere(Contracts.Tasks.TaskDescriptor task) => new()
    {
        Path = "",
        Root = _inputs,
        Task = task,
        Configured = new OptionLayer { Origin = "the submission" },
        Pictures = new PicturePatterns([], []),
        Output = task.Id,
        IsPolling = true,
        RescanInterval = TimeSpan.Zero,
        StabilityWindow = TimeSpan.Zero,
        CompanionTimeout = TimeSpan.Zero,
        UnreadableTimeout = TimeSpan.Zero,
    };

    private static SourceLook Refused(string path, string task, string reason) => new()
    {
        Source = SubmittedPath.Of(path, task),
        Task = task,
        PluginVersion = "",
        Picture = new LocalFile(path, "", 0, default),
        Fingerprint = default(Fingerprint).In(reason),
        Output = OutputNames.OfRefused(task, path),
        Rejection = reason,
    };

    private static bool IsIn(WatchedFolder folder, string path) => folder.Path.Length == 0 || path.StartsWith(folder.Path + "/", StringComparison.Ordinal);
}
