using DipPipeline.Engine.Restoration;

namespace DipPipeline.Host;

/// <summary>
/// Whether the devices compute, by a real operation on each: at most every half minute, and each on a thread of its own, so that a driver
/// that hangs keeps one thread and nobody who asks.
/// </summary>
/// <param name="devices">Their names.</param>
/// <param name="computes">The operation: false where the device computes wrongly; throws whatever a driver throws.</param>
/// <param name="time">Now.</param>
internal sealed class DeviceWatch(IEnumerable<string> devices, Func<string, bool> computes, TimeProvider time)
{
    /// <summary>How long an answer holds.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(30);

    /// <summary>How long an answer may take, from its question on, whoever waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Device[] _devices = [.. devices.Select(name => new Device(name, computes, time))];

    /// <summary>A sentence about each device that does not compute.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellation) =>
        [.. (await Task.WhenAll(_devices.Select(device => device.ProblemAsync(cancellation))).ConfigureAwait(false)).OfType<DeviceProblem>().Select(p => p.Sentence)];

    /// <summary>Why a device does not compute, asked now; <see langword="null"/> where it does.</summary>
    public Task<DeviceProblem?> ProblemNowAsync(string device, CancellationToken cancellation) => _devices.Single(d => d.Name == device).ProblemNowAsync(cancellation);

    /// <summary>Why a device does not compute, however long that takes to say; <see langword="null"/> where it does.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="computes">As above.</param>
    public static DeviceProblem? ProblemOf(string device, Func<string, bool> computes)
    {
#pragma warning disable CA1031 // Whatever a driver throws means the same here.
        try
        {
            return computes(device) ? null : new(DeviceProblemKind.Fails, $"Device '{device}' computes wrongly.");
        }
        catch (Exception e)
        {
            return new(DeviceMemory.IsExhausted(e) ? DeviceProblemKind.IsFull : DeviceProblemKind.Fails, $"Device '{device}' does not compute: {e.Message.Split('\n')[0]}");
        }
#pragma warning restore CA1031
    }

    private sealed class Device(string name, Func<string, bool> computes, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private Question? _last;

        public string Name => name;

        public Task<DeviceProblem?> ProblemAsync(CancellationToken cancellation) => AnswerAsync(Ask(Freshness), cancellation);

        public async Task<DeviceProblem?> ProblemNowAsync(CancellationToken cancellation)
        {
            var question = Ask(TimeSpan.Zero);
            if (!question.IsOld)
            {
                return await AnswerAsync(question, cancellation).ConfigureAwait(false);
            }

            // What was under way already says nothing of now, unless it hangs.
            return await AnswerAsync(question, cancellation).ConfigureAwait(false) is { Kind: DeviceProblemKind.NoAnswer } hangs ? hangs
                : await AnswerAsync(Ask(TimeSpan.Zero), cancellation).ConfigureAwait(false);
        }

        private async Task<DeviceProblem?> AnswerAsync(Question question, CancellationToken cancellation)
        {
            try
            {
                var left = Patience - time.GetElapsedTime(question.Asked);
                return await question.Answer.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return new(DeviceProblemKind.NoAnswer, $"Device '{name}' has not answered for {time.GetElapsedTime(question.Asked)}.");
            }
        }

        // One that hangs is not asked again: its thread is still there.
        private Question Ask(TimeSpan freshness)
        {
            lock (_lock)
            {
                if (_last is { } last && (!last.Answer.IsCompleted || time.GetElapsedTime(last.Asked) < freshness))
                {
                    return last with { IsOld = true };
                }

                const TaskCreationOptions own = TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously;
                return _last = new(Task.Factory.StartNew(() => ProblemOf(name, computes), CancellationToken.None, own, TaskScheduler.Default), time.GetTimestamp(), IsOld: false);
            }
        }

        /// <param name="Answer">Null where the device computes.</param>
        /// <param name="Asked">When, by the clock.</param>
        /// <param name="IsOld">Whether somebody else had asked it before.</param>
        private sealed record Question(Task<DeviceProblem?> Answer, long Asked, bool IsOld);
    }
}

/// <summary>Why a device does not compute.</summary>
/// <param name="Kind">What is amiss.</param>
/// <param name="Sentence">For people.</param>
internal sealed record DeviceProblem(DeviceProblemKind Kind, string Sentence);

/// <summary>What is amiss with a device.</summary>
internal enum DeviceProblemKind
{
    /// <summary>It computes wrongly, or its driver refuses.</summary>
    Fails,

    /// <summary>Not even a small operation has memory.</summary>
    IsFull,

    /// <summary>It has not answered in time.</summary>
    NoAnswer,
}
