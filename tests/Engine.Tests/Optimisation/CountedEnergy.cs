using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.Engine.Tests.Optimisation;

/// <summary>The job's problem, with something done at each evaluation; what <c>act</c> returns is added to the forward operator's output.</summary>
internal sealed class CountedEnergy : IDisposable
{
    /// <summary>Returned by <c>act</c>: leaves the value as it is and makes its gradient NaN.</summary>
    public const double BrokenGradient = double.PositiveInfinity;

    public CountedEnergy(TinyJob job, Action act)
        : this(job, () =>
        {
            act();
            return 0;
        })
    {
    }

    public CountedEnergy(TinyJob job, Func<double> act) => Problem = new Problem
    {
        Energy = new LeastSquares(new Acting(act), job.Observed),
        Height = job.Problem.Height,
        Width = job.Problem.Width,
        Channels = job.Problem.Channels,
    };

    public Problem Problem { get; }

    public void Dispose() => Problem.Dispose();

    private sealed class Acting(Func<double> act) : ForwardOperator
    {
        public override torch.Tensor Apply(torch.Tensor x)
        {
            var offset = act();
            // √0 has no gradient: NaN times zero, and the value is x's.
            return offset == 0 ? x.alias() : double.IsInfinity(offset) ? x + (x - x.detach()).abs().sqrt() : x + offset;
        }

        public override torch.Tensor Adjoint(torch.Tensor y) => y.alias();
    }
}
