using DipPipeline.Contracts.Messages;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>
/// Decides by the records in storage whether a message's job may be worked on here. Whether another owner lives is judged by its count
/// alone: one that stands still for <see cref="HostOptions.ClaimStaleAfter"/> is dead. Clocks are never compared.
/// </summary>
internal sealed class ClaimDesk(PipelineStorage storage, HostIdentity host, IOptions<HostOptions> options, TimeProvider time, ILogger<ClaimDesk> log)
{
    private readonly HostOptions _options = options.Value;

    public async Task<Claiming> AskAsync(RestoreImage message, bool isRedelivered, CancellationToken cancellation)
    {
        var state = storage.State(message.JobId);
        var began = time.GetTimestamp();
        while (true)
        {
            var checkpoint = await state.CheckpointAsync(cancellation).ConfigureAwait(false);
            if (checkpoint?.Slice > message.Slice)
            {
                return new Claiming.NotNeeded($"slice {message.Slice} is older than the checkpoint's {checkpoint.Slice}", checkpoint.Slice);
            }

            var other = await state.ClaimAsync(cancellation).ConfigureAwait(false);
            if (other is null)
            {
                if (await TryFirstAsync(state, message, checkpoint, cancellation).ConfigureAwait(false) is { } first)
                {
                    return first;
                }

                // Taken meanwhile, unless what stands there says nothing: half of a file after a loss of power.
                if (await state.ClaimAsync(cancellation).ConfigureAwait(false) is null)
                {
                    var claim = Claim(message, checkpoint);
                    await state.WriteClaimAsync(claim, cancellation).ConfigureAwait(false);
                    return Ours(state, claim);
                }

                continue;
            }

            if (other.Generation == message.Generation && other.Slice > message.Slice)
            {
                return new Claiming.NotNeeded($"slice {message.Slice} is older than slice {other.Slice}, which '{other.Host}' has claimed", other.Slice);
            }

            if (other.Generation > message.Generation)
            {
                return new Claiming.NotNeeded($"generation {message.Generation} is older than generation {other.Generation}, which '{other.Host}' has claimed");
            }

            if (other.Generation < message.Generation)
            {
                return await TakeOverAsync(state, message, other, checkpoint, crashed: false, cancellation).ConfigureAwait(false);
            }

            if (other.IsReleased)
            {
                return await TakeOverAsync(state, message, other, checkpoint, crashed: other.Fault is not null, cancellation).ConfigureAwait(false);
            }

            var isAlive = await IsAliveAsync(state, other, cancellation).ConfigureAwait(false);
            if (isAlive is null)
            {
                continue;
            }

            if (!isAlive.Value)
            {
                // A later slice is the owner's own word that it gave the job back in good order, and died only before it said so here.
                return await TakeOverAsync(state, message, other, checkpoint, crashed: message.Slice == other.Slice, cancellation).ConfigureAwait(false);
            }

            // A message that the broker delivers again may be the only one left of the job: the other may be about to give up. So may be a
            // later slice, whose sender is about to release its claim. A second copy is not.
            if (!isRedelivered && message.Slice == other.Slice)
            {
                return new Claiming.NotNeeded($"'{other.Host}' is at work on it");
            }

            if (time.GetElapsedTime(began) > _options.ClaimPatience)
            {
                return new Claiming.Busy($"'{other.Host}' is still at work on it");
            }
        }
    }

    private async Task<Claiming?> TryFirstAsync(JobState state, RestoreImage message, CheckpointMark? checkpoint, CancellationToken cancellation)
    {
        var claim = Claim(message, checkpoint);
        // What was tried twice because the first answer was lost finds its own name taken.
        return await state.TryClaimAsync(claim, cancellation).ConfigureAwait(false) || await state.IsOwnedByAsync(claim.Owner, cancellation).ConfigureAwait(false) ? Ours(state, claim) : null;
    }

    private async Task<Claiming> TakeOverAsync(
        JobState state, RestoreImage message, JobClaim other, CheckpointMark? checkpoint, bool crashed, CancellationToken cancellation)
    {
        var isSameRound = other.Generation == message.Generation;
        var gotSomewhere = checkpoint?.Iteration > other.FromIteration;
        // In a row: whatever came to a newer checkpoint begins the count anew, and who only waited was not what crashed.
        var crashes = !isSameRound || gotSomewhere ? 0 : other.Crashes + (crashed && !other.IsWaiting ? 1 : 0);
        var end = $"The attempt of Host '{other.Host}' since {other.Since:yyyy-MM-dd HH:mm:ss}Z ended {(other.Fault is null ? "without a word" : "with its process")}, "
            + $"{(gotSomewhere ? $"after its checkpoint at iteration {checkpoint!.Iteration}" : "without a new checkpoint")}: {other.Fault ?? "crashed, killed, or out of memory."}";
        IReadOnlyList<string> history = !isSameRound ? [] : !crashed ? other.History : [.. other.History, end];
        if (crashed && other.Fault is { } fault)
        {
            log.OwnerFailed(message.JobId, other.Host, fault, crashes);
        }
        else if (crashed)
        {
            log.OwnerIsDead(message.JobId, other.Host, crashes);
        }

        if (crashes >= _options.MaxAttempts)
        {
            return new Claiming.Exhausted(crashes, history);
        }

        var claim = Claim(message, checkpoint) with
        {
            Crashes = crashes,
            IsAfterCrash = isSameRound && (crashed || other.IsAfterCrash),
            History = history,
            IsWaiting = JobWork.RunsAlone(crashes),
        };
        await state.WriteClaimAsync(claim, cancellation).ConfigureAwait(false);
        return Ours(state, claim);
    }

    /// <returns><see langword="null"/> where the claim was released, taken over or removed meanwhile: it is to be judged anew.</returns>
    private async Task<bool?> IsAliveAsync(JobState state, JobClaim other, CancellationToken cancellation)
    {
        var before = await state.BeatOfAsync(other.Owner, cancellation).ConfigureAwait(false);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < _options.ClaimStaleAfter)
        {
            await Task.Delay(_options.ClaimBeat, time, cancellation).ConfigureAwait(false);
            if (await state.ClaimAsync(cancellation).ConfigureAwait(false) is not { } now || now.Owner != other.Owner || now.IsReleased)
            {
                return null;
            }

            if (await state.BeatOfAsync(other.Owner, cancellation).ConfigureAwait(false) != before)
            {
                return true;
            }
        }

        return false;
    }

    private Claiming.Ours Ours(JobState state, JobClaim claim) => new(new OwnedClaim(state, claim, _options.ClaimBeat, time, log));

    private JobClaim Claim(RestoreImage message, CheckpointMark? checkpoint) => new()
    {
        Owner = Guid.NewGuid().ToString("N"),
        Host = host.Name,
        Generation = message.Generation,
        Slice = message.Slice,
        Since = time.GetUtcNow(),
        FromIteration = checkpoint?.Iteration ?? 0,
    };
}
