using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Measuring;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// Adam (Kingma, Ba 2015) over one flat buffer, β = (0.9, 0.999), ε = 1e-8: one kernel of the engine's own on a GPU (<see cref="OptimiserKernels"/>), else a handful of tensor calls, whatever the network.
/// The moments belong to the solver's state; this class owns nothing.
/// </summary>
internal static class Adam
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    /// <param name="parameters">Changed in place.</param>
    /// <param name="gradient">Same shape.</param>
    /// <param name="first">First moment, changed in place.</param>
    /// <param name="second">Second moment, changed in place.</param>
    /// <param name="step">1 for the first step.</param>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="compiler">Of the device's own kernels.</param>
    public static void Step(Tensor parameters, Tensor gradient, Tensor first, Tensor second, int step, double learningRate, KernelCompiler? compiler = null)
    {
        var correction1 = 1 - Math.Pow(Beta1, step);
        var correction2 = Math.Sqrt(1 - Math.Pow(Beta2, step));
        if (compiler is not null && parameters.dtype == float32)
        {
            OperationClock.Time(
                OperationNames.OwnAdam,
                () => compiler.Optimiser.Adam(parameters, gradient, first, second, (Beta1, Beta2), Epsilon, correction2, learningRate / correction1));
            return;
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        first.mul_(Beta1).add_(gradient, 1 - Beta1);
        second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        var denominator = second.sqrt().div_(correction2).add_(Epsilon);
        parameters.addcdiv_(first, denominator, -learningRate / correction1);
    }
}
