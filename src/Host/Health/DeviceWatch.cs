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
        [.. (await Task.WhenAll(_devices.Select(device => device.ProblemAsync(cancellation))).ConfigureAwait(false)).OfType<string>()];

    /// <summary>A sentence about a device that does not compute, as asked now; <see langword="null"/> where it does.</summary>
    public Task<string?> ProblemNowAsync(string device, CancellationToken cancellation) => _devices.Single(d => d.Name == device).ProblemNowAsync(cancellation);

    private sealed class Device(string name, Func<string, bool> computes, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private (Task<string?> Answer, long Asked)? _last;

        public string Name => name;

        public Task<string?> ProblemAsync(CancellationToken cancellation) => AnsweredAsync(Ask(Freshness), cancellation);

        public async Task<string?> ProblemNowAsync(CancellationToken cancellation)
        {
            // The first may have been under way already, and be of before.
            return await AnsweredAsync(Ask(TimeSpan.Zero), cancellation).ConfigureAwait(false)
                ?? await AnsweredAsync(Ask(TimeSpan.Zero), cancellation).ConfigureAwait(false);
        }

        private async Task<string?> AnsweredAsync((Task<string?> Answer, long Asked) question, CancellationToken cancellation)
        {
            var (answer, asked) = question;
            try
            {
                var left = Patience - time.GetElapsedTime(asked);
                return await answer.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return $"Device '{name}' has not answered for {time.GetElapsedTime(asked)}.";
            }
        }

        // One that hangs is not asked again: its thread is still there.
        private (Task<string?> Answer, long Asked) Ask(TimeSpan freshness)
        {
            lock (_lock)
            {
                if (_last is not { } last || (last.Answer.IsCompleted && time.GetElapsedTime(last.Asked) >= freshness))
                {
                    const TaskCreationOptions own = TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously;
                    _last = last = (Task.Factory.StartNew(Problem, CancellationToken.None, own, TaskScheduler.Default), time.GetTimestamp());
                }

                return last;
            }
        }

        private string? Problem()
        {
#pragma warning disable CA1031 // Whatever a driver throws means the same here.
            try
            {
                return computes(name) ? null : $"Device '{name}' computes wrongly.";
            }
            catch (Exception e)
            {
                return $"Device '{name}' does not compute: {e.Message.Split('\n')[0]}";
            }
#pragma warning restore CA1031
        }
    }
}
