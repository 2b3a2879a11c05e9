using System.ComponentModel.DataAnnotations;

namespace DipPipeline;

/// <summary>Section <c>Health</c>: where <c>/health/live</c> and <c>/health/ready</c>, and those of a Watcher <c>/backlog</c>, are answered.</summary>
internal sealed class HealthOptions
{
    public const string Section = "Health";

    /// <summary>The HTTP port, on every address. Default 0: none.</summary>
    [Range(0, 65535, ErrorMessage = "Health:Port is outside of 0 (none) to 65535.")]
    public int Port { get; set; }
}
