using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Fixtures.OwnTorchSharp;

/// <summary>Ships a TorchSharp.dll of its own, whose tensor types must not be used.</summary>
public sealed class OwnTorchSharpPlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "own-torchsharp",
        Version = "1.0.0",
        Title = "OwnTorchSharp",
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
