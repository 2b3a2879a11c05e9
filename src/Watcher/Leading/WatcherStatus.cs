namespace DipPipeline.Watcher;

/// <summary>Whether this process leads, stands by, or does neither.</summary>
internal sealed class WatcherStatus
{
    private volatile WatcherRole _role;

    public WatcherRole Role
    {
        get => _role;
        set => _role = value;
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
