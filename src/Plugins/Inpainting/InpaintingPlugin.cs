using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.Plugins.Inpainting;

/// <summary>
/// Inpainting: E(x; x0) = ‖(x − x0) ⊙ m‖², with m = 1 where the picture is known and 0 in the holes
/// (Ulyanov, Vedaldi, Lempitsky, CVPR 2018, eq. 5). Soft masks weigh in between. Delivered is m ⊙ x0 + (1 − m) ⊙ x,
/// so that known pixels keep their exact values. x and x0 are [1,C,H,W] in 0..1, m is [1,1,H,W] in 0..1.
/// </summary>
public sealed class InpaintingPlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "inpaint",
        Version = "1.0.0",
        Title = "Inpainting",
        Formula = "E(x; x0) = ‖(x − x0) ⊙ m‖²",
        Options = SolverOptions.All,
        Presets = Presets.All,
        Companions =
        [
            new() { Name = "mask", Required = true, AlphaSubstitutes = true, Help = "White keeps a pixel, black marks a hole, gray weighs in between." },
        ],
        Baseline = BaselineMethod.Telea,
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var x0 = observation.Picture;
        var m = observation.Companion("mask")
            ?? throw new RefusedException("Inpainting needs a mask: give one with --mask (white keeps), or a picture whose alpha channel is transparent in the holes.");
        return new Problem
        {
            Energy = new LeastSquares(new Identity(), x0, weights: m),
            Channels = (int)x0.shape[1],
            Height = (int)x0.shape[2],
            Width = (int)x0.shape[3],
            Known = m,
            Deliver = x =>
            {
                using var scope = torch.NewDisposeScope();
                return torch.where(m >= 1, x0, (m * x0) + ((1 - m) * x)).MoveToOuterDisposeScope();
            },
        };
    }
}
