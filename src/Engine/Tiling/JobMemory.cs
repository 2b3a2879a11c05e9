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

    /// <summary>Bytes for an output of so many pixels.</summary>
    public long Bytes(int width, int height)
    {
        var size = WorkingSize.For(settings.Network, height, width);
        var plan = ExecutionPlan.For(device, settings, size);
        var isLean = LeanPass.Suits(settings.Network, plan.TorchDevice, plan.ScalarType);
        return new MemoryEstimate(settings.Network, settings.InputChannelsAt(size.Height, size.Width, channels), channels, plan.Precision == Precision.BFloat16 ? 2 : 4)
        {
            IsLean = isLean,
            // The windowed rule keeps its pictures, the held-out one the best, an ensemble the sum of its members'; the snapshot keeps them again.
            KeptPictures = 2 * ((settings.Stopping.Kind == StoppingKind.WindowedVariance ? settings.Stopping.VarianceWindow : 0) + (settings.Stopping.Kind == StoppingKind.HeldOut ? 1 : 0) + (settings.Ensemble > 1 ? 1 : 0)),
            // Measured: bench/README.md.
            Fragmentation = ProcessMemory.HasHugePages || ProcessMemory.HasJemalloc || device != "cpu" ? 1 : isLean ? 1.9 : 1.6,
        }.Bytes(size.Height, size.Width);
    }

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
}
