using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Plugins.SuperResolution;

/// <summary>
/// Super-resolution: E(x; x0) = ‖d(x) − x0‖², with d the reduction by a whole factor (Ulyanov, Vedaldi, Lempitsky, CVPR 2018, eq. 4).
/// x0 is [1,C,h,w] and x is [1,C,s·h,s·w], both in 0..1.
/// </summary>
public sealed class SuperResolutionPlugin : TaskPlugin
{
    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "superres",
        Version = "1.0.0",
        Title = "Super-resolution",
        Formula = "E(x; x0) = ‖d(x) − x0‖²",
        Options =
        [
            .. SolverOptions.All,
            new() { Name = "factor", Type = OptionType.Integer, Default = "4", Choices = ["2", "3", "4", "8"],
                Help = "How many times each side grows." },
            new() { Name = "kernel", Type = OptionType.Choice, Default = "lanczos3", Choices = ["lanczos2", "lanczos3", "bicubic", "box"],
                Help = "How the small picture is assumed to have been made from the large one." },
            new() { Name = "back-projection", Type = OptionType.Integer, Default = "0", Minimum = 0, Maximum = 1000,
                Help = "Steps at the end that put back what the network has not fitted of the small picture, its noise included; after 5 it is met to a tenth of a level." },
        ],
        Presets = Presets.All,
        Baseline = BaselineMethod.Bicubic,
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(observation);
        ArgumentNullException.ThrowIfNull(options);
        var x0 = observation.Picture;
        var factor = options.Integer("factor");
        var (height, width) = (factor * (int)x0.shape[2], factor * (int)x0.shape[3]);
        var d = new Downsample(Enum.Parse<ResamplingKernel>(options.Text("kernel"), ignoreCase: true), factor, height, width, x0.device);
        return new Problem
        {
            Energy = new LeastSquares(d, x0),
            Channels = (int)x0.shape[1],
            Height = height,
            Width = width,
            Deliver = new BackProjection(d, x0, factor, (int)options.Integer("back-projection")).Apply,
        };
    }
}
