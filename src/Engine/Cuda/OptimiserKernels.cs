using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>
/// What is done with all parameters at once, in one kernel each: libtorch takes eight for a step of Adam, and some fifty to put a gradient
/// together of its pieces (counted: bench/README.md). See Kernels/optimise.cu.
/// </summary>
/// <param name="kernels">Compiled.</param>
/// <param name="streams">Where they are given.</param>
internal sealed unsafe class OptimiserKernels(IKernels kernels, KernelStreams streams)
{
    public const int Threads = 256;
    public const int MostPieces = 64;

    // More than a piece needs are idle, fewer go through it several times.
    private const long BlocksForAPiece = 64;

    /// <summary>Writes pieces to where they belong.</summary>
    /// <param name="to">float32, one-dimensional.</param>
    /// <param name="pieces">Contiguous, float32 or bfloat16, and the place of each one's first value.</param>
    public void Gather(Tensor to, IReadOnlyList<(Tensor Values, long Place)> pieces)
    {
        var stream = streams.Current();
        foreach (var some in pieces.GroupBy(p => p.Values.dtype).SelectMany(kind => kind.Chunk(MostPieces)))
        {
            var shape = new Pieces { IsNarrow = some[0].Values.dtype == bfloat16 ? 1 : 0 };
            for (var i = 0; i < some.Length; i++)
            {
                shape.From[i] = NormalisationKernels.Data(some[i].Values);
                shape.To[i] = (int)some[i].Place;
                shape.Count[i] = (int)some[i].Values.numel();
            }

            var longest = some.Max(p => p.Values.numel());
            kernels.Launch("gather", stream, Math.Min(BlocksForAPiece, (longest + Threads - 1) / Threads), some.Length, Threads, 0, [NormalisationKernels.Data(to)], shape);
        }
    }

    /// <summary>One step; all tensors float32, contiguous, of one shape.</summary>
    /// <param name="parameters">Changed in place.</param>
    /// <param name="gradient">Same shape.</param>
    /// <param name="first">First moment, changed in place.</param>
    /// <param name="second">Second moment, changed in place.</param>
    /// <param name="betas">What a step keeps of each moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="correction">What that root is divided by before.</param>
    /// <param name="rate">Of the first moment.</param>
    public void Adam(Tensor parameters, Tensor gradient, Tensor first, Tensor second, (double First, double Second) betas, double epsilon, double correction, double rate)
    {
        var count = parameters.numel();
        kernels.Launch(
            "adam", streams.Current(), (count + Threads - 1) / Threads, 1, Threads, 0,
            [NormalisationKernels.Data(parameters), NormalisationKernels.Data(gradient), NormalisationKernels.Data(first), NormalisationKernels.Data(second)],
            new Rates
            {
                Count = (int)count,
                Beta1 = (float)betas.First,
                Beta2 = (float)betas.Second,
                Rest1 = (float)(1 - betas.First),
                Rest2 = (float)(1 - betas.Second),
                Correction = (float)correction,
                Epsilon = (float)epsilon,
                Step = (float)rate,
            });
    }

    /// <summary>As the kernel takes them.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Pieces
    {
        public Addresses From;
        public Numbers To;
        public Numbers Count;
        public int IsNarrow;
    }

    [System.Runtime.CompilerServices.InlineArray(MostPieces)]
    private struct Addresses
    {
        private nint _first;
    }

    [System.Runtime.CompilerServices.InlineArray(MostPieces)]
    private struct Numbers
    {
        private int _first;
    }

    /// <summary>As the kernel takes them.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Rates
    {
        public int Count;
        public float Beta1;
        public float Beta2;
        public float Rest1;
        public float Rest2;
        public float Correction;
        public float Epsilon;
        public float Step;
    }
}
