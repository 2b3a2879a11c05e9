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
    /// <param name="plugin">The task's plugin.</param>
    /// <param name="effective">The effective options.</param>
    /// <param name="report">Called from the engine's thread.</param>
    public async Task<RestorationMetrics> RunAsync(Work work, TaskPlugin plugin, OptionSet effective, Action<RestorationProgress> report)
    {
        var (message, scratch, job) = (work.Message, work.Scratch, work.Job);
        var mark = await work.State.CheckpointAsync(job.Stopped).ConfigureAwait(false);
        var resumes = mark is not null && await FetchCheckpointAsync(work).ConfigureAwait(false);
        var request = new RestorationRequest
        {
            PicturePath = scratch.Local(message.Picture),
            CompanionPaths = message.Companions.ToDictionary(c => c.Key, c => scratch.Local(c.Value)),
            Plugin = plugin,
            Preset = message.Preset,
            Options = effective,
            OutputFolder = scratch.Outputs,
            Seed = message.Seed,
            Device = work.Device,
            Threads = host.Threads,
            MaximumPixels = _options.MaximumPixels,
            Resume = resumes,
            CheckpointPath = scratch.Checkpoint,
            CheckpointInterval = _options.CheckpointInterval,
            Checkpointed = iteration => KeepCheckpoint(work, iteration),
        };
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

    private static async Task<bool> FetchCheckpointAsync(Work work)
    {
        try
        {
            await work.State.ReadCheckpointAsync(stream =>
            {
                using var to = File.Create(work.Scratch.Checkpoint);
                stream.CopyTo(to);
            }, work.Job.Stopped).ConfigureAwait(false);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false; // Only its mark outlived: the job starts anew.
        }
    }

    // On the engine's thread, which has nothing else to do meanwhile.
    private static void KeepCheckpoint(Work work, int iteration)
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

            await work.State.WriteCheckpointAsync(new CheckpointMark(work.Message.Slice, iteration), stream =>
            {
                using var file = File.OpenRead(work.Scratch.Checkpoint);
                file.CopyTo(stream);
            }, CancellationToken.None).ConfigureAwait(false);
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
