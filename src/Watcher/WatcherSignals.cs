namespace DipPipeline.Watcher;

/// <summary>What tells the loops of the Watcher that there may be something for them. Each looks into the catalogue now and then all the same.</summary>
internal sealed class WatcherSignals
{
    /// <summary>For the loop that publishes.</summary>
    public WakeUp Publishing { get; } = new();

    /// <summary>For the loop that tells Hosts to stop, and has pictures looked at again.</summary>
    public WakeUp Requests { get; } = new();

    /// <summary>For the loop that enters what was submitted.</summary>
    public WakeUp Submissions { get; } = new();

    /// <summary>For the loop that copies results.</summary>
    public WakeUp Copying { get; } = new();

    public void CatalogueChanged()
    {
        Publishing.Call();
        Requests.Call();
        Submissions.Call();
        Copying.Call();
    }
}
