using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Fixtures.ThrowsOnLoad;

/// <summary>Throws from its constructor, except when packed.</summary>
public sealed class ThrowsOnLoadPlugin : TaskPlugin
{
    /// <summary>Fine where it is built and packed, broken where it runs: as when a library is missing there.</summary>
    public ThrowsOnLoadPlugin()
    {
        if (System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name != "DipPipeline.PackPlugin")
        {
            throw new DllNotFoundException("libsomething.so is not installed.");
        }
    }

    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "throws-on-load",
        Version = "1.0.0",
        Title = "ThrowsOnLoad",
        Formula = "E(x; x0) = ‖x − x0‖²",
        Options = SolverOptions.All,
        Presets = [new() { Name = "balanced", Help = "The defaults.", Values = new Dictionary<string, string>() }],
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var x0 = observation.Picture;
        return new Problem { Energy = new LeastSquares(new Identity(), x0), Channels = (int)x0.shape[1], Height = (int)x0.shape[2], Width = (int)x0.shape[3] };
    }
}
