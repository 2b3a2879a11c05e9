namespace DipPipeline.Jobs.Schema;

/// <summary>A picture that the Watcher has seen.</summary>
internal sealed class Source
{
    public required string Path { get; set; }

    /// <summary>What the Watcher knows it by; empty when it is to look again.</summary>
    public required string Fingerprint { get; set; }

    public string? JobId { get; set; }

    public bool Reexamine { get; set; }
}
