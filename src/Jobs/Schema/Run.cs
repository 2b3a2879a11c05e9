using DipPipeline.Jobs.Runs;

namespace DipPipeline.Jobs.Schema;

/// <summary>An archive run.</summary>
internal sealed class Run
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>Hash of all that its rows say: what else is called so is another run.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>The manifest, as it was named.</summary>
    public required string Origin { get; set; }

    public RunState State { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When all of its rows were there.</summary>
    public DateTimeOffset? EnteredAt { get; set; }

    /// <summary>When the last of its rows had ended; <see langword="null"/> while one has not.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>A <see cref="Runs.Pace"/> as JSON.</summary>
    public string? Pace { get; set; }
}
