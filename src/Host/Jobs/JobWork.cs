using System.Runtime.InteropServices;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Restoration;
using DipPipeline.Messaging.Sending;
using DipPipeline.PluginHost;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>A task that this Host can do, with the effective options of one job.</summary>
internal sealed record PreparedTask(TaskPlugin Plugin, OptionSet Options);

/// <summary>The job is fine, but cannot be done on this Host.</summary>
internal sealed class TaskElsewhereException(string reason, Exception cause) : Exception(reason, cause);

/// <summary>The work on a job that is ours: fetch, optimise, commit.</summary>
internal sealed class JobWork(
    PipelineStorage storage, PluginCatalogue plugins, SlotGate gate, Optimisation optimisation, DeviceWatch devices, JobResult results, IPipelineBus bus, HostIdentity host,
    IOptions<HostOptions> options, TimeProvider time)
{
    // Starts in a row that ended in a crash, from which on a job may not take others down with it.
    private const int CrashesToRunAlone = 2;

    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(500);

    // Below Messaging:ConsumerStopTimeout (12 s by default), after which nothing can be said any more.
    private static readonly TimeSpan s_lastIteration = TimeSpan.FromSeconds(10);

    private readonly HostOptions _options = options.Value;

    /// <summary>Why the job must be done by another Host, or <see langword="null"/>.</summary>
    public string? Elsewhere(RestoreImage message)
    {
        var entry = plugins.Entries.FirstOrDefault(e => e.Manifest?.Task.Id == message.Task);
        return entry switch
        {
            null => null, // Unknown is refused, not deferred.
            { Status: PluginStatus.Failed } => $"On Host '{host.Name}' task '{message.Task}' cannot be used: {entry.Reason}",
            _ when entry.Manifest!.Task.Version != message.PluginVersion =>
                $"Host '{host.Name}' has version {entry.Manifest.Task.Version} of task '{message.Task}'; the job asks for {message.PluginVersion}",
            _ => null,
        };
    }

    /// <summary>Whether a job that crashed so often in a row may not take others down with it.</summary>
    public static bool RunsAlone(int crashes) => crashes >= CrashesToRunAlone;

    /// <exception cref="RefusedException">The message cannot be used anywhere.</exception>
    /// <exception cref="TaskElsewhereException">The plugin does not load here.</exception>
    public PreparedTask Prepare(RestoreImage message)
    {
        var effective = MessageCheck.Options(message, plugins.Describe(message.Task));
        try
        {
            return new PreparedTask(plugins.Load(message.Task), effective);
        }
        catch (RefusedException e)
        {
            throw new TaskElsewhereException($"On Host '{host.Name}': {e.Message}", e);
        }
    }

    /// <summary>Does the job, up to its commit.</summary>
    /// <param name="message">The job.</param>
    /// <param name="job">How to stop it.</param>
    /// <param name="claim">Ours.</param>
    /// <param name="prepared">Plugin and options.</param>
    /// <exception cref="SupersededException">The result is not wanted any more.</exception>
    /// <exception cref="DeviceFullException">There was no memory for it.</exception>
    /// <exception cref="DeviceFailedException">The device does not compute any more.</exception>
    public async Task<IJobEvent> DoAsync(RestoreImage message, RunningJob job, OwnedClaim claim, PreparedTask prepared)
    {
        // Not left here: who runs alone, and may crash, waits until the end of this one has been said.
        var place = job.Place = await gate.EnterAsync(alone: RunsAlone(claim.Record.Crashes), job.Stopped).ConfigureAwait(false);
        await claim.BeginAsync(job.Stopped).ConfigureAwait(false);
        using var scratch = new Scratch(_options.Scratch);
        if (await FetchAsync(message, scratch, job.Stopped).ConfigureAwait(false) is { } changed)
        {
            return changed;
        }

        // Before the plugin's code runs: an attempt that takes the process with it is known nonetheless.
        await SayStartedAsync(message, claim.Record.Crashes + 1, job.Stopped).ConfigureAwait(false);
        var metrics = await OptimiseAsync(new Work(message, job, claim, storage.State(message.JobId), scratch, host.DeviceOf(place.Slot)), prepared).ConfigureAwait(false);
        await claim.RequireAsync(message.JobId, CancellationToken.None).ConfigureAwait(false);
        metrics = await results.CommitAsync(message, scratch, metrics, CancellationToken.None).ConfigureAwait(false);
        return new RestorationCompleted(message.JobId, message.Generation, host.Name, time.GetUtcNow(), WithoutCurve(metrics));
    }

    /// <summary>Metrics for a message: the curve stays in storage.</summary>
    public static RestorationMetrics WithoutCurve(RestorationMetrics metrics) => metrics with { Energy = metrics.Energy with { Curve = null } };

    private async Task SayStartedAsync(RestoreImage message, int attempt, CancellationToken cancellation)
    {
        try
        {
            await bus.PublishAsync(new RestorationStarted(message.JobId, message.Generation, host.Name, time.GetUtcNow(), message.Slice, attempt), cancellation).ConfigureAwait(false);
        }
        catch (NotConfirmedException)
        {
            // A finished picture is worth more than the news of its beginning.
            return;
        }
    }

    private async Task<SourceChanged?> FetchAsync(RestoreImage message, Scratch scratch, CancellationToken cancellation)
    {
        foreach (var source in message.Companions.Values.Prepend(message.Picture))
        {
            try
            {
                var found = await scratch.FetchAsync(storage.Inputs, source, cancellation).ConfigureAwait(false);
                if (found is null && await storage.Inputs.IsEmptyAsync(cancellation).ConfigureAwait(false))
                {
                    throw new IOException($"Host '{host.Name}' sees no pictures at all in '{storage.Inputs.Describe("")}': a mount that was lost?");
                }

                if (found != source)
                {
                    return new SourceChanged(message.JobId, message.Generation, host.Name, time.GetUtcNow(), source.Path, found?.Sha256);
                }
            }
            catch (UnauthorizedAccessException e)
            {
                throw new RefusedException($"'{source.Path}' may not be read by the Host; a readable file would be accepted.", e);
            }
        }

        return null;
    }

    private async Task<RestorationMetrics> OptimiseAsync(Work work, PreparedTask prepared)
    {
        var (message, last) = (work.Message, time.GetTimestamp() - time.TimestampFrequency);
        try
        {
            work.Job.Heard();
            var running = optimisation.RunAsync(work, prepared, Report);
            await Task.WhenAny(running, LeftAsync(work.Job)).ConfigureAwait(false);
            // An iteration that outlasts the Host's departure is left to itself; the job goes on from its last checkpoint.
            return running.IsCompleted ? await running.ConfigureAwait(false) : throw new OperationCanceledException(work.Job.Stopped);
        }
        catch (RefusedException e)
        {
            throw new RefusedException(work.Scratch.Outward(e.Message), e);
        }
        catch (Exception e) when (e is ExternalException or InvalidOperationException or OutOfMemoryException)
        {
            // libtorch's, our kernels', a plugin's: the device's fault, or else the job's.
            var problem = DeviceMemory.IsExhausted(e) ? new(DeviceProblemKind.IsFull, e.Message)
                : await devices.ProblemNowAsync(work.Device, CancellationToken.None).ConfigureAwait(false);
            switch (problem?.Kind)
            {
                case DeviceProblemKind.IsFull:
                    throw new DeviceFullException(work.Device, e);
                // A CPU that does not answer has much to do.
                case DeviceProblemKind.NoAnswer when work.Device == "cpu":
                case null:
                    throw;
                default:
                    throw new DeviceFailedException(problem.Sentence, e);
            }
        }
        finally
        {
            work.Job.Pause();
        }

        void Report(RestorationProgress p)
        {
            if (time.GetElapsedTime(last) < s_progressInterval)
            {
                return;
            }

            last = time.GetTimestamp();
            bus.PublishTransient(new RestorationProgressed(
                message.JobId, message.Generation, host.Name, time.GetUtcNow(), message.Slice,
                p.Iteration, p.Iterations, p.IterationsPerSecond, p.Remaining.TotalSeconds, p.Energy));
        }
    }

    /// <summary>Ends when the Host must not wait for the optimisation any longer.</summary>
    private async Task LeftAsync(RunningJob job)
    {
        await job.Leaving.ConfigureAwait(false);
        // Half of the time for the last iteration, and less than the bus waits; the rest for giving back, the bus and the process.
        await Task.Delay(_options.StopTimeout / 2 < s_lastIteration ? _options.StopTimeout / 2 : s_lastIteration, time, CancellationToken.None).ConfigureAwait(false);
    }
}
