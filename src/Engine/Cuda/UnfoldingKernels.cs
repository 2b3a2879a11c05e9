using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>
/// What a convolution's filters see at each place, as the rows of a matrix: the convolution over a few channels is that matrix times the
/// filters, and takes a fraction of the time then (measured: bench/README.md). See Kernels/unfold.cu.
/// </summary>
/// <param name="kernels">Compiled for the vector.</param>
/// <param name="vector">Values that a thread moves.</param>
/// <param name="streams">Where they are given.</param>
internal sealed class UnfoldingKernels(IKernels kernels, int vector, KernelStreams streams)
{
    public const int Threads = 256;

    // What matrix products on tensor cores want rows to be a multiple of, in values: 16 bytes.
    private const long RowAlignment = 8;

    /// <summary>Values of a row over so many channels: a few zeros at the end, so that rows are aligned.</summary>
    public static long RowOf(long channels, long side) => ((channels * side * side) + RowAlignment - 1) / RowAlignment * RowAlignment;

    /// <param name="x">[1,C,H,W], bfloat16, channels-last.</param>
    /// <param name="of">The convolution's filters.</param>
    /// <returns>[places, <see cref="RowOf"/>], the caller's to dispose.</returns>
    public Tensor Unfold(Tensor x, Filters of)
    {
        using (var packed = x.permute(0, 2, 3, 1))
        {
            if (!packed.is_contiguous())
            {
                throw new ArgumentException("What is unfolded is to be channels-last.", nameof(x));
            }
        }

        var shape = new Shape(x.shape, of);
        var rows = empty([of.Places(x.shape), shape.Room], x.dtype, x.device);
        Launch("unfold", shape.Rows, shape.Columns * shape.Room, [NormalisationKernels.Data(x), NormalisationKernels.Data(rows)], shape);
        return rows;
    }

    /// <summary>The adjoint of <see cref="Unfold"/>, where nothing is reflected and the stride is 1.</summary>
    /// <param name="rows">As it gives them.</param>
    /// <param name="size">Of x.</param>
    /// <param name="of">As there.</param>
    /// <returns>[1,C,H,W], channels-last; the caller's to dispose.</returns>
    public Tensor Fold(Tensor rows, long[] size, Filters of)
    {
        if (of.Reflects || of.Stride != 1)
        {
            throw new NotSupportedException("There is no kernel that folds what was reflected, or in steps.");
        }

        using var packed = empty([1, size[2], size[3], size[1]], rows.dtype, rows.device);
        Launch("fold", size[2], size[3] * size[1], [NormalisationKernels.Data(rows), NormalisationKernels.Data(packed)], new Shape(size, of));
        return packed.permute(0, 3, 1, 2);
    }

    private void Launch(string kernel, long lines, long values, ReadOnlySpan<nint> pointers, Shape shape) =>
        kernels.Launch(kernel, streams.Current(), lines, ((values / vector) + Threads - 1) / Threads, Threads, 0, pointers, shape);

    /// <summary>How filters go over x.</summary>
    /// <param name="Side">Of one, in pixels.</param>
    /// <param name="Stride">Pixels from one place to the next.</param>
    /// <param name="Border">Pixels that they see beyond x.</param>
    /// <param name="Reflects">Whether its reflection lies there, or zeros.</param>
    internal sealed record Filters(long Side, long Stride, long Border, bool Reflects)
    {
        public long Along(long length) => ((length + (2 * Border) - Side) / Stride) + 1;

        public long Places(long[] size) => Along(size[2]) * Along(size[3]);
    }

    /// <summary>As the kernels take it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Shape(long[] size, Filters of)
    {
        public readonly int Height = (int)size[2];
        public readonly int Width = (int)size[3];
        public readonly int Channels = (int)size[1];
        public readonly int Side = (int)of.Side;
        public readonly int Stride = (int)of.Stride;
        public readonly int Border = (int)of.Border;
        public readonly int Reflects = of.Reflects ? 1 : 0;
        public readonly int Rows = (int)of.Along(size[2]);
        public readonly int Columns = (int)of.Along(size[3]);
        public readonly int Room = (int)RowOf(size[1], of.Side);
    }
}
