using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Inputs;

/// <summary>
/// Normal noise drawn once and read at another place each time: drawing afresh costs up to a third of a narrow network's iteration. Where
/// it is read depends on seed and iteration alone, so a resumed run reads the same.
/// </summary>
internal sealed class NoiseBank : IDisposable
{
    // Places to read from: far more than a run has iterations, so that few are read twice.
    private const int Places = 1 << 20;

    private readonly Tensor _bank;
    private readonly Tensor _like;
    private readonly ulong _seed;

    /// <param name="like">Shape, strides, device and type of what is read; not owned.</param>
    /// <param name="sigma">Standard deviation.</param>
    /// <param name="seed">The job's seed.</param>
    public NoiseBank(Tensor like, double sigma, long seed)
    {
        (_like, _seed) = (like, (ulong)seed);
        using var generator = new Generator(SplitMix.Mixed(_seed), CPU);
        using var drawn = zeros(like.numel() + Places).normal_(0, sigma, generator);
        _bank = drawn.to(like.dtype, like.device).DetachFromDisposeScope();
    }

    /// <summary>The iteration's noise: a view of the bank.</summary>
    /// <param name="iteration">0-based.</param>
    public Tensor At(int iteration)
    {
        var place = (long)(SplitMix.Mixed(_seed + (ulong)iteration + 1) % Places);
        return _bank.as_strided(_like.shape, _like.stride(), place);
    }

    public void Dispose() => _bank.Dispose();
}
