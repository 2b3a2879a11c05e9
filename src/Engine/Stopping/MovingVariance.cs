using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Stopping;

/// <summary>
/// Wang et al., "Early Stopping for Deep Image Prior" (TMLR 2023): while the network fits the picture its output settles, and once it
/// fits the noise the output moves again, so the least variance of the output marks the best picture. The exponential form, which keeps
/// one picture: V ← (1−α)(V + α‖x − m‖²), m ← (1−α)m + αx.
/// </summary>
internal sealed class ExponentialVariance(StoppingSettings settings) : LeastMeasure(settings)
{
    private const string Mean = "stop.mean";
    private const string Value = "stop.variance";

    protected override string Name => "moving variance";

    public override void Prepare(SolverState state, long[] shape, Device device)
    {
        base.Prepare(state, shape, device);
        state.Add(Mean, zeros(shape, float32, device));
        state.Add(Value, zeros([1], float32, device));
    }

    public override void Observe(SolverState state, Tensor x, Tensor average, double decay)
    {
        using var scope = NewDisposeScope();
        var (mean, alpha) = (state[Mean], Settings.VarianceAlpha);
        if (state.Counters.Own == 0)
        {
            mean.copy_(x);
            return;
        }

        var step = x - mean;
        state[Value].add_(step.square().mean(), alpha).mul_(1 - alpha);
        mean.add_(step, alpha);
    }

    // Before 1/α outputs the mean still leans on the first one.
    protected override double? Measure(SolverState state, Tensor average) => state.Counters.Own * Settings.VarianceAlpha < 1
        ? null
        : state[Value].item<float>();
}

/// <summary>The windowed form of <see cref="ExponentialVariance"/>, which keeps every picture of the window: the mean squared distance to their mean.</summary>
internal sealed class WindowedVariance(StoppingSettings settings) : LeastMeasure(settings)
{
    private const string Window = "stop.window";

    protected override string Name => "windowed moving variance";

    public override void Prepare(SolverState state, long[] shape, Device device)
    {
        base.Prepare(state, shape, device);
        state.Add(Window, zeros([Settings.VarianceWindow, .. shape[1..]], float32, device));
    }

    public override void Observe(SolverState state, Tensor x, Tensor average, double decay)
    {
        using var scope = NewDisposeScope();
        state[Window].narrow(0, state.Counters.Own % Settings.VarianceWindow, 1).copy_(x);
    }

    protected override double? Measure(SolverState state, Tensor average)
    {
        if (state.Counters.Own < Settings.VarianceWindow)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        return state[Window].var([0], unbiased: false).mean().item<float>();
    }
}
