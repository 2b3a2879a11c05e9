using System.Runtime.ExceptionServices;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Restoration;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>Runs the engine on a thread of its own, with checkpoints that go to storage. Never wrapped in a retry.</summary>
internal sealed class Optimisation(HostIdentity host, IOptions<HostOptions> options, TimeProvider time, ILogger<Optimisation> log)
{
    private readonly HostOptions _options = options.Value;

    /// <summary>Ends when the engine does; a cancelled one after its last checkpoint.</summary>
    /// <param name="work">The job.</param>
    /// <param name="prepared">The task's plugin, and the effective options.</param>
    /// <param name="report">Called from the engine's threads, one at a time.</param>
    public async Task<RestorationMetrics> RunAsync(Work work, PreparedTask prepared, Action<RestorationProgress> report)
    {
        var (message, job) = (work.Message, work.Job);
        var mark = await work.State.CheckpointAsync(job.Stopped).ConfigureAwait(false);
        var request = Request(work, prepared, resumes: mark is not null && await FetchStateAsync(work, mark).ConfigureAwait(false));
        return await OnItsOwnThread($"dip {message.JobId}", () => new PictureRestorer(time).Restore(
            request,
            progress =>
            {
                job.Heard();
                report(progress);
            },
            notice => log.Notice(message.JobId, notice.Message),
            job.Stopped)).ConfigureAwait(false);
    }

    /// <summary>What the engine is asked for.</summary>
    /// <param name="work">The job.</param>
    /// <param name="prepared">The task's plugin, and the effective options.</param>
    /// <param name="resumes">Whether there is a checkpoint.</param>
    internal RestorationRequest Request(Work work, PreparedTask prepared, bool resumes)
    {
        var (message, scratch) = (work.Message, work.Scratch);
        return new RestorationRequest
        {
            PicturePath = scratch.Local(message.Picture),
            CompanionPaths = message.Companions.ToDictionary(c => c.Key, c => scratch.Local(c.Value)),
            Plugin = prepared.Plugin,
            Preset = message.Preset,
            Options = prepared.Options,
            OutputFolder = scratch.Outputs,
            Seed = message.Seed,
            Device = work.Device,
            Threads = host.Threads,
            FreeMemoryBytes = host.MemoryOf(work.Device),
            MaximumPixels = _options.MaximumPixels,
            Resume = resumes,
            IsAfterCrash = work.Claim.Record.IsAfterCrash,
            CheckpointPath = scratch.Checkpoint,
            CheckpointInterval = _options.CheckpointInterval,
            Checkpointed = saved => KeepState(work, saved),
        };
    }

    private static async Task<bool> FetchStateAsync(Work work, CheckpointMark mark)
    {
        var found = 0;
        foreach (var name in mark.Files)
        {
            found += await FetchedAsync(work.State.ReadCheckpointAsync, name, Path.Join(Path.GetDirectoryName(work.Scratch.Checkpoint), name)).ConfigureAwait(false) ? 1 : 0;
        }

        if (found == 0)
        {
            return false; // Only its mark outlived: the job starts anew.
        }

        foreach (var tile in mark.Tiles)
        {
            // One that is missing the engine makes again.
            await FetchedAsync(work.State.ReadTileAsync, SavedState.TileName(tile), SavedState.TilePath(work.Scratch.Checkpoint, tile)).ConfigureAwait(false);
        }

        return true;

        async Task<bool> FetchedAsync(Func<string, Action<Stream>, CancellationToken, Task> read, string name, string path)
        {
            try
            {
                await read(name, stream => Copy(stream, path), work.Job.Stopped).ConfigureAwait(false);
                return true;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
        }

        static void Copy(Stream from, string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var to = File.Create(path);
            from.CopyTo(to);
        }
    }

    // On a thread of the engine's, which waits meanwhile; so do others that have something to say.
    private static void KeepState(Work work, SavedState saved)
    {
        // A cancelled job needs none, and who lost the job has nothing to say. Who lost only the connection still owns it, and writes it down.
        if (work.Job.Reason is StopReason.Cancelled or StopReason.ClaimLost)
        {
            return;
        }

        work.Job.Pause();
        try
        {
            Keep().GetAwaiter().GetResult();
        }
        finally
        {
            work.Job.Heard();
        }

        async Task Keep()
        {
            await work.Claim.RequireAsync(work.Message.JobId, CancellationToken.None).ConfigureAwait(false);
            if ((await work.State.CancelledAsync(CancellationToken.None).ConfigureAwait(false))?.Generation >= work.Message.Generation)
            {
                work.Job.Stop(StopReason.Cancelled);
                return;
            }

            if (saved.NewTile is { } tile)
            {
                await work.State.WriteTileAsync(
                    SavedState.TileName(tile), stream => Copy(SavedState.TilePath(work.Scratch.Checkpoint, tile), stream), CancellationToken.None).ConfigureAwait(false);
            }

            await work.State.WriteCheckpointAsync(
                new CheckpointMark(work.Message.Slice, saved.Iteration) { Files = [.. saved.Files.Select(f => Path.GetFileName(f)!)], Tiles = saved.Tiles },
                Path.GetFileName(saved.Path), stream => Copy(saved.Path, stream), CancellationToken.None).ConfigureAwait(false);
        }

        static void Copy(string path, Stream to)
        {
            using var file = File.OpenRead(path);
            file.CopyTo(to);
        }
    }

    private static Task<T> OnItsOwnThread<T>(string name, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
#pragma warning disable CA1031 // Carried over to whoever awaits, who decides.
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(ExceptionDispatchInfo.Capture(e).SourceException);
            }
#pragma warning restore CA1031
        })
        {
            Name = name,
            // One that does not end in time does not keep the process: its job goes on from its last checkpoint elsewhere.
            IsBackground = true,
        }.Start();
        return done.Task;
    }
}

/// <summary>One attempt at a job, with what belongs to it.</summary>
internal sealed record Work(RestoreImage Message, RunningJob Job, OwnedClaim Claim, JobState State, Scratch Scratch, string Device);
