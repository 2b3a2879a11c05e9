namespace DipPipeline.Engine.Measuring;

/// <summary>The time of each operation of an iteration.</summary>
/// <param name="SecondsPerIteration">Of whole iterations, measured at the same time.</param>
/// <param name="Iterations">Iterations measured.</param>
/// <param name="Operations">What libtorch was asked for, largest first; their sum is less than the whole by what happens between them.</param>
public sealed record OperationProfile(double SecondsPerIteration, int Iterations, IReadOnlyList<OperationTime> Operations);

/// <param name="Phase">The part of the iteration.</param>
/// <param name="Name">libtorch's name of the operation or of the gradient's node: <c>aten::conv2d</c>, <c>ConvolutionBackward0</c>.</param>
/// <param name="Kind">What it is, in the network's terms.</param>
/// <param name="Seconds">In one iteration.</param>
/// <param name="Calls">In one iteration.</param>
public sealed record OperationTime(IterationPhase Phase, string Name, OperationKind Kind, double Seconds, double Calls);

/// <summary>The parts of an iteration, in their order.</summary>
public enum IterationPhase
{
    Forward,
    Backward,

    /// <summary>The optimiser's step, and what comes between it and the backward pass.</summary>
    Step,

    /// <summary>Averages of the output and of the energy, the gradient's return to zero.</summary>
    Averages,
}

/// <summary>What an operation is.</summary>
public enum OperationKind
{
    Convolution,
    BatchNorm,
    Upsampling,
    Activation,
    Padding,
    Concatenation,
    InputNoise,
    Loss,
    Optimiser,
    Averages,

    /// <summary>Between precisions and layouts of memory.</summary>
    CastsAndCopies,

    /// <summary>Views of the parameters, assembly of their gradient, crops.</summary>
    Rest,
}
