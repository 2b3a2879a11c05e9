using System.Runtime.InteropServices;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Fixtures.Aborts;

/// <summary>A plugin that takes its process with it, as a crash in a native library does.</summary>
public sealed partial class AbortsPlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "aborts",
        Version = "1.0.0",
        Title = "Aborts",
        Formula = "none",
        Options = SolverOptions.All,
        Presets = [new() { Name = "balanced", Help = "The defaults.", Values = new Dictionary<string, string>() }],
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        abort();
        throw new InvalidOperationException("Unreachable.");
    }

    [LibraryImport("libc")]
    private static partial void abort();
}
