using DipPipeline.Contracts.Messages;

namespace DipPipeline.Watcher;

/// <summary>The slots of the Hosts that are there, by what they say every 30 s. Safe for several threads.</summary>
internal sealed class LiveSlots(TimeProvider time)
{
    // Three announcements missed: it is gone, or out of reach.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(90);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Slots, DateTimeOffset At)> _hosts = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            var since = time.GetUtcNow() - s_silence;
            lock (_lock)
            {
                foreach (var gone in _hosts.Where(h => h.Value.At < since).Select(h => h.Key).ToArray())
                {
                    _hosts.Remove(gone);
                }

                return _hosts.Values.Sum(h => h.Slots);
            }
        }
    }

    public void Note(HostAnnounced announcement)
    {
        lock (_lock)
        {
            if (announcement.IsLeaving)
            {
                _hosts.Remove(announcement.Host);
            }
            else
            {
                _hosts[announcement.Host] = (announcement.Slots, time.GetUtcNow());
            }
        }
    }
}
