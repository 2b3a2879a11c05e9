using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Stopping;

/// <summary>
/// Validation on pixels that the objective never judges (Yaman, Hosseini, Akçakaya, ICLR 2022): what is learnt of the picture serves them
/// too, what is stored of the noise elsewhere does not, so the least estimated error there marks the best picture.
/// </summary>
internal sealed class HeldOutRisk(StoppingSettings settings, IHeldOut heldOut) : LeastMeasure(settings)
{
    private const string Penalty = "stop.penalty";

    protected override string Name => "held-out risk";

    public override void Prepare(SolverState state, long[] shape, Device device)
    {
        base.Prepare(state, shape, device);
        state.Add(Penalty, zeros([1], float32, device));
    }

    // Within the patience the least is chance as often as not: a network that comes to its last iteration first gives its newest average.
    public override (Tensor Picture, int Iteration)? Frozen(SolverState state) =>
        state.Counters.Iteration - state.Counters.BestIteration >= Settings.Patience ? base.Frozen(state) : null;

    public override void Observe(SolverState state, Tensor x, Tensor average, double decay)
    {
        using var penalty = heldOut.CovariancePenalty(x, average);
        state[Penalty].mul_(decay).add_(penalty, 1 - decay);
    }

    protected override double? Measure(SolverState state, Tensor average)
    {
        using var residual = heldOut.Residual(average);
        // 0: none of them weighs anything.
        return residual.item<float>() is var kept and not 0 ? kept + state[Penalty].item<float>() : null;
    }
}
