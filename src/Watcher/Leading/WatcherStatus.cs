using DipPipeline.Jobs.Queries;

namespace DipPipeline.Watcher;

/// <summary>Whether this process leads, stands by, or does neither.</summary>
internal sealed class WatcherStatus
{
    private volatile WatcherRole _role;
    private volatile UnreadableRows _unreadable = UnreadableRows.None;

    public WatcherRole Role
    {
        get => _role;
        set => _role = value;
    }

    /// <summary>Rows of archive runs whose pictures this Watcher cannot read; none while it does not lead.</summary>
    public UnreadableRows Unreadable
    {
        get => _unreadable;
        set => _unreadable = value;
    }

    /// <summary>What ended the Watcher, and with it the application; <see langword="null"/> as long as nothing did.</summary>
    public Exception? Fault { get; set; }
}

internal enum WatcherRole
{
    /// <summary>The catalogue is not ready.</summary>
    Starting,

    /// <summary>Another process leads, or is about to.</summary>
    StandingBy,

    /// <summary>This process watches, enters and publishes.</summary>
    Leading,
}
