using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Sending;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>
/// One attempt at a job, from its message to what is said of it. Whatever happens becomes an event; only what the broker must deliver
/// again, to us or to another, leaves as an exception.
/// </summary>
internal sealed class Attempt(PipelineStorage storage, ClaimDesk claims, LateReleases lateReleases, SizeCheck sizes, JobWork work, JobResult results, DeviceFault fault, HostIdentity host, IPipelineBus bus, TimeProvider time, ILogger<Attempt> log)
{
    public async Task RunAsync(RestoreImage message, Delivery delivery, RunningJob job)
    {
        try
        {
            if (await OutcomeAsync(message, delivery, job).ConfigureAwait(false) is { } outcome)
            {
                await SayAsync(message, outcome, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NotConfirmedException e)
        {
            // The broker did not take the answer: the message is delivered again, and answered again.
            throw new ReturnMessageException(e.Message, e);
        }
    }

    private Task SayAsync(RestoreImage message, IJobEvent outcome, CancellationToken cancellation)
    {
        log.Outcome(message.JobId, message.Generation, message.Slice, outcome.GetType().Name);
        return bus.PublishAsync(outcome, cancellation);
    }

    private async Task<IJobEvent?> OutcomeAsync(RestoreImage message, Delivery delivery, RunningJob job)
    {
        try
        {
            return await BeforeWorkAsync(message, job.Stopped).ConfigureAwait(false)
                ?? await ClaimAndWorkAsync(message, delivery, job).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RefusedException or ArtifactPathException)
        {
            return new RestorationRejected(message.JobId, message.Generation, host.Name, time.GetUtcNow(), e.Message);
        }
        catch (TaskElsewhereException e)
        {
            return Deferred(message, e.Message) with { IsElsewhere = true };
        }
        catch (Exception e) when (e is StorageUnavailableException or IOException or UnauthorizedAccessException)
        {
            return Deferred(message, e.Message);
        }
        catch (DeviceFullException e)
        {
            return Deferred(message, e.Message);
        }
        catch (DeviceFailedException e)
        {
            log.DeviceFailed(message.JobId, e.Message, e);
            fault.End();
            throw new ReturnMessageException(e.Message, e);
        }
        catch (SupersededException e)
        {
            return Cancelled(message, e.Message);
        }
        catch (DivergedException e)
        {
            return Failed(message, e.Message, []);
        }
        catch (ClaimLostException e)
        {
            return await LostAsync(message, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (job.Reason != StopReason.None)
        {
            return await StoppedAsync(message, job).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The boundary to plugins and libraries: what nobody foresaw fails one job, not the queue.
        catch (Exception e) when (e is not (ReturnMessageException or NotConfirmedException))
#pragma warning restore CA1031
        {
            log.Unforeseen(message.JobId, e);
            return Failed(message, $"{e.GetType().Name}: {e.Message.Split('\n')[0]}", []);
        }
    }

    /// <summary>What can be said without working: the result stands there already, or is not wanted any more.</summary>
    private async Task<IJobEvent?> BeforeWorkAsync(RestoreImage message, CancellationToken cancellation)
    {
        MessageCheck.Paths(message);
        if (await DoneAsync(message, cancellation).ConfigureAwait(false) is not { } done)
        {
            return await SupersededAsync(message, cancellation).ConfigureAwait(false);
        }

        // Whoever committed it may have died before it cleaned up.
        var state = storage.State(message.JobId);
        if ((await state.ClaimAsync(cancellation).ConfigureAwait(false))?.Generation <= message.Generation)
        {
            await state.RemoveAsync(cancellation).ConfigureAwait(false);
        }

        return done;
    }

    private async Task<IJobEvent?> DoneAsync(RestoreImage message, CancellationToken cancellation) =>
        await results.FindAsync(message.Output, cancellation).ConfigureAwait(false) is { } done
        && done.JobId == message.JobId && done.Generation >= message.Generation ? Completed(message, done) : null;

    private async Task<IJobEvent?> SupersededAsync(RestoreImage message, CancellationToken cancellation) =>
        await results.UnwantedAsync(message, cancellation).ConfigureAwait(false) is { } unwanted ? Cancelled(message, unwanted.Message) : null;

    private async Task<IJobEvent?> ClaimAndWorkAsync(RestoreImage message, Delivery delivery, RunningJob job)
    {
        // Before the claim, so that what can only be done elsewhere, or nowhere, leaves no trace.
        if (work.Elsewhere(message) is { } reason)
        {
            return Deferred(message, reason) with { IsElsewhere = true };
        }

        var prepared = work.Prepare(message);
        await sizes.CheckAsync(message, job.Stopped).ConfigureAwait(false);
        switch (await claims.AskAsync(message, delivery.IsRedelivered, job.Stopped).ConfigureAwait(false))
        {
            case Claiming.NotNeeded unneeded:
                log.NotNeeded(message.JobId, unneeded.Why);
                return unneeded.Slice is { } slice ? HandedBack(message, slice, unneeded.Why) : null;
            case Claiming.Busy busy:
                throw new ReturnMessageException(busy.Why);
            case Claiming.Exhausted exhausted:
                return Failed(message, $"{exhausted.Crashes} attempts in a row ended in a crash without a newer checkpoint", exhausted.History);
            case Claiming.Ours(var claim):
                await using (claim.ConfigureAwait(false))
                {
                    return await OwnedAsync(message, job, claim, prepared).ConfigureAwait(false);
                }

            default:
                throw new InvalidOperationException("Unreachable.");
        }
    }

    private async Task<IJobEvent?> OwnedAsync(RestoreImage message, RunningJob job, OwnedClaim claim, PreparedTask prepared)
    {
        using var onLost = claim.Lost.Register(() => job.Stop(StopReason.ClaimLost));
        claim.BeatWhile(() => !job.IsStalled);
        try
        {
            // Again: another may have committed between our first look and our claim.
            var done = await DoneAsync(message, job.Stopped).ConfigureAwait(false)
                ?? await work.DoAsync(message, job, claim, prepared).ConfigureAwait(false);
            await ForgetAsync(claim, isCancelled: false).ConfigureAwait(false);
            return done;
        }
        catch (Exception e) when (e is RefusedException or ArtifactPathException or SupersededException || job.Reason == StopReason.Cancelled)
        {
            await ForgetAsync(claim, job.Reason == StopReason.Cancelled || e is SupersededException { IsMarked: true }).ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (job.Reason is StopReason.SliceEnded or StopReason.Leaving)
        {
            await HandBackAsync(message, job, claim).ConfigureAwait(false);
            return null;
        }
        catch (DeviceFailedException e)
        {
            // As a crash, which it will be: a job that breaks a device breaks the next one's, too. Of several on the device nobody knows which it was: each counts.
            await ReleaseAsync(claim, message, message.Slice, e.Message).ConfigureAwait(false);
            throw;
        }
        catch
        {
            // Deferred, failed, or left to whoever gets the message next: in every case an end, and no crash. A claim that was lost to
            // another is left alone.
            await ReleaseAsync(claim, message, message.Slice).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// The continuation is sent first, the word of it second, and only then the claim released as the continuation's: from then on this
    /// message is an old one, dropped wherever it turns up again. Killed in between, this message and the continuation both come: of two
    /// slices one waits for the other. Whoever gets the continuation early waits for the release.
    /// </summary>
    private async Task HandBackAsync(RestoreImage message, RunningJob job, OwnedClaim claim)
    {
        var next = message with { Slice = message.Slice + 1 };
        try
        {
            await bus.SendAsync(next, job.Lost).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotConfirmedException or OperationCanceledException)
        {
            // Nobody may have the continuation: this message is the job's, and comes again.
            await ReleaseAsync(claim, message, message.Slice).ConfigureAwait(false);
            throw new ReturnMessageException("Its continuation was not confirmed.", e);
        }

        try
        {
            await SayAsync(message, HandedBack(message, next.Slice, job.Reason == StopReason.Leaving ? "the Host is leaving" : "the slice's time was up"), job.Lost).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            // Said again when the message comes again, as that of an older slice.
            throw new ReturnMessageException("Its hand-back could not be said.", e);
        }
        finally
        {
            await ReleaseAsync(claim, message, next.Slice).ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync(OwnedClaim claim, RestoreImage message, int nextSlice, string? fault = null)
    {
        try
        {
            if (await claim.ReleaseAsync(nextSlice, CancellationToken.None, fault).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (StorageUnavailableException e)
        {
            log.ReleaseLater(message.JobId, e.Message);
        }

        lateReleases.Add(message.JobId, claim.Released(nextSlice, fault));
    }

    // The mark of a cancelled job stays, for copies of its message.
    private static Task ForgetAsync(OwnedClaim claim, bool isCancelled) =>
        isCancelled ? claim.RemoveWorkAsync(CancellationToken.None) : claim.RemoveStateAsync(CancellationToken.None);

    private async Task<IJobEvent?> StoppedAsync(RestoreImage message, RunningJob job)
    {
        switch (job.Reason)
        {
            case StopReason.Cancelled:
                return await SupersededAsync(message, CancellationToken.None).ConfigureAwait(false) ?? Cancelled(message, "cancelled");
            // Who never had the job has nothing to give back but the message.
            case StopReason.SliceEnded or StopReason.Leaving or StopReason.ConnectionLost:
                throw new ReturnMessageException();
            default:
                return await LostAsync(message, new ClaimLostException(message.JobId).Message).ConfigureAwait(false);
        }
    }

    /// <summary>Whose claim stands has a message of its own. Where none does, ours may be the last.</summary>
    private async Task<IJobEvent?> LostAsync(RestoreImage message, string why)
    {
        log.ClaimLost(message.JobId, why);
        return await storage.State(message.JobId).ClaimAsync(CancellationToken.None).ConfigureAwait(false) is { IsReleased: false } ? null : throw new ReturnMessageException(why);
    }

    private RestorationHandedBack HandedBack(RestoreImage message, int nextSlice, string reason) =>
        new(message.JobId, message.Generation, host.Name, time.GetUtcNow(), nextSlice, reason);

    private RestorationCompleted Completed(RestoreImage message, Contracts.Results.RestorationMetrics metrics) =>
        new(message.JobId, message.Generation, host.Name, time.GetUtcNow(), JobWork.WithoutCurve(metrics));

    private RestorationCancelled Cancelled(RestoreImage message, string reason) =>
        new(message.JobId, message.Generation, host.Name, time.GetUtcNow(), reason);

    private RestorationDeferred Deferred(RestoreImage message, string reason) =>
        new(message.JobId, message.Generation, host.Name, time.GetUtcNow(), reason);

    private RestorationFailed Failed(RestoreImage message, string reason, IReadOnlyList<string> history) =>
        new(message.JobId, message.Generation, host.Name, time.GetUtcNow(), reason, history);
}
