using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Plugins.Denoise;

/// <summary>
/// Denoising: E(x; x0) = ‖x − x0‖² (Ulyanov, Vedaldi, Lempitsky, CVPR 2018, eq. 3). The network fits the picture before it fits
/// the noise, so the run must stop in between: by a fixed count, or where the residual equals the noise.
/// x and x0 are [1,C,H,W] in 0..1.
/// </summary>
public sealed class DenoisePlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "denoise",
        Version = "1.0.0",
        Title = "Denoising",
        Formula = "E(x; x0) = ‖x − x0‖²",
        Options = SolverOptions.All,
        Presets = Presets.All,
        Baseline = BaselineMethod.NonLocalMeans,
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var x0 = observation.Picture;
        return new Problem
        {
            Energy = new LeastSquares(new Identity(), x0),
            Channels = (int)x0.shape[1],
            Height = (int)x0.shape[2],
            Width = (int)x0.shape[3],
            ObservationIsNoisy = true,
        };
    }
}
