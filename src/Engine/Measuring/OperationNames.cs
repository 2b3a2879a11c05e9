namespace DipPipeline.Engine.Measuring;

/// <summary>Tells by libtorch's names what an operation of the solver's iteration is.</summary>
internal static class OperationNames
{
    // The first that is part of the name decides: "accumulategrad" would be a "mul".
    private static readonly (OperationKind Kind, string[] Parts)[] s_parts =
    [
        (OperationKind.Rest, ["accumulategrad"]),
        // Bilinear doubling of whole planes; its gradient is a convolution to libtorch.
        (OperationKind.Upsampling, ["conv_transpose"]),
        (OperationKind.Convolution, ["conv"]),
        (OperationKind.BatchNorm, ["batch_norm", "batchnorm", "group_norm", "groupnorm"]),
        (OperationKind.Upsampling, ["upsample", "pixel_shuffle", "pixelshuffle"]),
        (OperationKind.Activation, ["relu", "sigmoid", "elu", "silu"]),
        (OperationKind.Padding, ["pad", Own]),
        // Of parts that are divided by 1 (Networks/Channels). An objective that fills holes divides, too: of three channels, so that it hardly counts.
        (OperationKind.Concatenation, ["aten::cat", "catbackward", "aten::div", "divbackward"]),
        (OperationKind.CastsAndCopies, ["aten::to", "copy", "contiguous", "clone"]),
        (OperationKind.Loss, ["square", "pow", "mean", "sub", "mul", "ones_like", "aten::sum", "sumbackward"]),
    ];

    // TorchSharp's name of a gradient that managed code computes; ours is that of reflection padding.
    private const string Own = "CSharpNode";

    /// <summary>The kernel that is a step of Adam.</summary>
    public const string OwnAdam = "dip::adam";

    private const string Evaluation = "autograd::engine::evaluate_function: ";

    /// <summary>The name without autograd's own words before it.</summary>
    public static string Short(string name) => name.StartsWith(Evaluation, StringComparison.Ordinal) ? name[Evaluation.Length..] : name;

    public static bool IsGradient(string name) =>
        name.Contains("Backward", StringComparison.Ordinal) || name is Own || name.StartsWith("torch::autograd::", StringComparison.Ordinal);

    /// <summary>Whether the optimiser's step begins with it, Adam's or Muon's: until then a backward pass does parts of the forward pass again.</summary>
    public static bool BeginsStep(string name) => name is "aten::mul_" or "aten::lerp_" or OwnAdam;

    /// <summary>Whether the step ends with it: it is Adam's change of the parameters, which comes last.</summary>
    public static bool EndsStep(string name) => name is "aten::addcdiv_" or OwnAdam;

    public static OperationKind Kind(IterationPhase phase, string name) => phase switch
    {
        IterationPhase.Step => OperationKind.Optimiser,
        IterationPhase.Averages => OperationKind.Averages,
        // z + σn, n drawn or a window of a bank: the network itself adds nothing.
        IterationPhase.Forward when name is "aten::normal_" or "aten::add" or "aten::as_strided" => OperationKind.InputNoise,
        // A convolution's gradient as a transposed one; a bilinear doubling that is done again has the same name.
        IterationPhase.Backward when name is "aten::conv_transpose2d" => OperationKind.Convolution,
        _ => s_parts.FirstOrDefault(p => p.Parts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)), (OperationKind.Rest, [])).Item1,
    };
}
