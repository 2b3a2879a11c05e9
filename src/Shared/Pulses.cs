using System.Collections.Concurrent;

namespace DipPipeline;

/// <summary>Signs of life of a program's loops, by which <c>/health/live</c> tells that one hangs.</summary>
internal sealed class Pulses(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Pulse> _all = new(StringComparer.Ordinal);

    /// <param name="name">What the loop does, for people.</param>
    /// <param name="longest">The longest silence of one that lives.</param>
    public Pulse Of(string name, TimeSpan longest) => _all.GetOrAdd(name, _ => new Pulse(name, longest, time));

    /// <summary>The loops that have given a sign of life, ever.</summary>
    public IEnumerable<string> Heard => _all.Values.Where(pulse => pulse.WasHeard).Select(pulse => pulse.Name);

    /// <summary>A sentence about a loop that hangs, or <see langword="null"/>.</summary>
    public string? Fault => _all.Values.FirstOrDefault(pulse => pulse.IsOverdue) is { } hung ? $"Nothing was heard of {hung.Name} for {hung.Silence}." : null;
}

/// <summary>One loop's signs of life.</summary>
internal sealed class Pulse(string name, TimeSpan longest, TimeProvider time)
{
    private const long Resting = long.MinValue;

    private long _last = Resting;
    private bool _wasHeard;

    public string Name => name;

    public TimeSpan Silence => Interlocked.Read(ref _last) is var last && last == Resting ? TimeSpan.Zero : time.GetElapsedTime(last);

    public bool IsOverdue => Silence > longest;

    public bool WasHeard => Volatile.Read(ref _wasHeard);

    /// <summary>The loop goes on.</summary>
    public void Beat()
    {
        Interlocked.Exchange(ref _last, time.GetTimestamp());
        Volatile.Write(ref _wasHeard, true);
    }

    /// <summary>The loop waits for what may never come, or has ended in good order: it is not to be heard.</summary>
    public void Rest() => Interlocked.Exchange(ref _last, Resting);
}
