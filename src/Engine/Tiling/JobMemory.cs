using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Stopping;

namespace DipPipeline.Engine.Tiling;

/// <summary>What the optimisation of a picture of some size takes, by a job's settings.</summary>
/// <param name="settings">The job's settings.</param>
/// <param name="device">As <see cref="Devices.Resolve"/> gives it.</param>
/// <param name="channels">Channels of the restored picture.</param>
internal sealed class JobMemory(SolverSettings settings, string device, int channels)
{
    private const int Step = 32;

    // Of a GPU, of the paper's network at 512×512, by what its driver counts (bench/README.md): in float32, and in bfloat16 by libtorch's kernels. By our own it is 0.75.
    private const double InFloat32 = 1.5;
    private const double ByLibtorch = 1.2;

    /// <summary>Bytes for an output of so many pixels.</summary>
    public long Bytes(int width, int height) => Estimate(width, height, out var size).Bytes(size.Height, size.Width);

    /// <summary>Bytes that a recorded pass of such an output keeps on a GPU, beside as many that it takes unrecorded.</summary>
    public long RecordedBytes(int width, int height) => Bytes(width, height) - MemoryEstimate.Fixed;

    /// <summary>Whether libraries can number the values of each tensor of such an output: on GPUs many do so in 32 bits.</summary>
    public bool IsNumbered(int width, int height) => device == "cpu" || Estimate(width, height, out var size).LargestTensor(size.Height, size.Width) <= int.MaxValue;

    /// <summary>
    /// How far over the budget a plan that was begun may be: what is free of a computer's memory varies from minute to minute, and estimates
    /// of it are rather too high; a GPU's has one size.
    /// </summary>
    public double Slack => device == "cpu" ? 1.25 : 1;

    /// <summary>Bytes for several outputs of so many pixels at the same time.</summary>
    public long Bytes(int width, int height, int atOnce) => MemoryEstimate.Fixed + (atOnce * (Bytes(width, height) - MemoryEstimate.Fixed));

    /// <summary>The largest square output that fits, a multiple of 32 up to <paramref name="most"/>; 0 where none does.</summary>
    public int LargestSide(long budget, int most = int.MaxValue - Step)
    {
        var side = 0;
        while (side + Step <= most && Bytes(side + Step, side + Step) <= budget)
        {
            side += Step;
        }

        return side;
    }

    private MemoryEstimate Estimate(int width, int height, out WorkingSize size)
    {
        size = WorkingSize.For(settings.Network, height, width);
        var plan = ExecutionPlan.For(device, settings, size);
        var isLean = device == "cpu" && LeanPass.Suits(settings.Network, plan.TorchDevice, plan.ScalarType);
        return new MemoryEstimate(settings.Network, settings.InputChannelsAt(size.Height, size.Width, channels), channels, plan.Precision == Precision.BFloat16 ? 2 : 4)
        {
            IsLean = isLean,
            // The windowed rule keeps its pictures, the held-out one the best, an ensemble the sum of its members'; the snapshot keeps them again.
            KeptPictures = 2 * ((settings.Stopping.Kind == StoppingKind.WindowedVariance ? settings.Stopping.VarianceWindow : 0) + (settings.Stopping.Kind == StoppingKind.HeldOut ? 1 : 0) + (settings.Ensemble > 1 ? 1 : 0)),
            // Measured: bench/README.md.
            Overhead = device != "cpu" ? plan.Precision == Precision.Float32 ? InFloat32 : settings.OwnKernels && settings.Network.Kind == NetworkKind.Skip ? 1 : ByLibtorch
                : ProcessMemory.HasHugePages || ProcessMemory.HasJemalloc ? 1 : isLean ? 1.9 : 1.6,
        };
    }
}
