using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Fixtures.Valid;

/// <summary>A plugin with nothing wrong.</summary>
public sealed class ValidPlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "valid",
        Version = "1.0.0",
        Title = "Valid",
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
