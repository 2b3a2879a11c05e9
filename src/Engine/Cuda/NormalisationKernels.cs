using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>
/// Batch norm of one picture in bfloat16, channels-last, with the doubling before it and the non-linearity and reflection after it, in one or
/// two kernels, and as many for its gradients: libtorch takes a dozen operations for the same, each of which reads and writes everything
/// (measured: bench/README.md). See Kernels/normalise.cu.
/// </summary>
/// <param name="kernels">Compiled for the kind.</param>
/// <param name="vector">Values that a thread reads at once.</param>
/// <param name="isDoubled">Whether what is normalised is x at twice its resolution.</param>
/// <param name="mostSmall">Pixels of u up to which a picture is small.</param>
/// <param name="streams">Where they are given.</param>
internal sealed partial class NormalisationKernels(IKernels kernels, int vector, bool isDoubled, long mostSmall, KernelStreams streams)
{
    // Two values of each channel for each row of threads are in memory that a block shares.
    public const int Threads = 512;
    // One for each multiprocessor of an H100 or H200: the last to come adds up what all have found.
    private const long MostBlocks = 132;
    public const int PixelsPerThread = 4;
    public const int Coefficients = 6;

    /// <param name="x">[1,S,h,w], bfloat16, channels-last.</param>
    /// <param name="scale">[N], float32.</param>
    /// <param name="shift">[N], float32.</param>
    /// <param name="affine">Which of these are of x's channels, the first ones; the others of x are nobody's.</param>
    /// <param name="y">[1,R,H+2·border,W+2·border], channels-last: gets the result.</param>
    /// <param name="into">Which of its channels are x's.</param>
    /// <param name="slope">Of LeakyReLU.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>What <see cref="Backward"/> needs beside x; the caller's to dispose.</returns>
    public Tensor Forward(Tensor x, Tensor scale, Tensor shift, Span affine, Tensor y, Channels into, float slope, float epsilon)
    {
        var shape = new Shape(x, affine.Count, into, slope, epsilon);
        var coefficients = empty([Coefficients, shape.Channels], float32, x.device);
        var stream = streams.Current();
        if (IsSmall(shape))
        {
            kernels.Launch(
                "normalise", stream, shape.Cover / vector, 1, Threads, SharedBytes(vector), [Data(x), Data(scale, affine), Data(shift, affine), Data(coefficients), Data(y)], shape);
            return coefficients;
        }

        using var partial = empty([Blocks(shape), 2, shape.Channels], float32, x.device);
        kernels.Launch(
            "moments", stream, Blocks(shape), 1, Threads, SharedBytes(shape.Channels),
            [Data(x), Data(scale, affine), Data(shift, affine), Data(coefficients), Data(partial), Data(streams.Arrivals(stream, x.device))], shape);
        kernels.Launch(
            "apply", stream, y.shape[2], Over(y.shape[3], PixelsPerThread * Rows(shape.Cover)), Threads, 0, [Data(x), Data(coefficients), Data(y)], shape);
        return coefficients;
    }

    /// <param name="gradient">Of y.</param>
    /// <param name="x">As of <see cref="Forward"/>, like what follows.</param>
    /// <param name="coefficients">What it gave; changed.</param>
    /// <param name="into">Which of y's channels are x's.</param>
    /// <param name="slope">Of LeakyReLU.</param>
    /// <param name="ofScale">[N]: gets the gradient.</param>
    /// <param name="ofShift">[N]: likewise.</param>
    /// <param name="affine">Which of these are of x's channels.</param>
    /// <returns>The gradient of x; the caller's to dispose.</returns>
    public Tensor Backward(Tensor gradient, Tensor x, Tensor coefficients, Channels into, float slope, Tensor ofScale, Tensor ofShift, Span affine)
    {
        var shape = new Shape(x, coefficients.shape[1], into, slope, default);
        using var gathered = empty([isDoubled ? x.shape[2] * x.shape[3] * shape.Channels : 1], float32, x.device);
        using var packed = empty([1, shape.Height, shape.Width, shape.Stride], x.dtype, x.device);
        var stream = streams.Current();
        if (IsSmall(shape))
        {
            kernels.Launch(
                "differentiate", stream, shape.Stride / vector, 1, Threads, SharedBytes(vector),
                [Data(gradient), Data(x), Data(coefficients), Data(ofScale, affine), Data(ofShift, affine), Data(gathered), Data(packed)], shape);
            return packed.permute(0, 3, 1, 2);
        }

        var blocks = Math.Min(MostBlocks, Stretches(shape, shape.Channels));
        using var partial = empty([blocks, 2, shape.Channels], float32, x.device);
        kernels.Launch(
            "sums", stream, blocks, 1, Threads, SharedBytes(shape.Channels),
            [Data(gradient), Data(x), Data(coefficients), Data(ofScale, affine), Data(ofShift, affine), Data(gathered), Data(partial), Data(streams.Arrivals(stream, x.device))], shape);
        kernels.Launch(
            "spread", stream, Math.Min(4 * MostBlocks, Stretches(shape, shape.Stride)), 1, Threads, 0,
            [Data(gradient), Data(x), Data(coefficients), Data(gathered), Data(packed)], shape);
        return packed.permute(0, 3, 1, 2);
    }

    private static long Over(long count, long by) => (count + by - 1) / by;

    // Two values of each channel for each row of threads.
    private int SharedBytes(int channels) => Rows(channels) * 2 * channels * sizeof(float);

    private int Rows(int channels) => Threads / (channels / vector);

    // Of lines, that a block goes through at once.
    private long Stretches(Shape shape, int channels) => Over(shape.Width, PixelsPerThread * Rows(channels)) * shape.Height;

    private bool IsSmall(Shape shape) => (long)shape.Height * shape.Width * (isDoubled ? 4 : 1) <= mostSmall;

    private long Blocks(Shape shape) => Math.Clamp(Over((long)shape.Height * shape.Width, PixelsPerThread * Rows(shape.Channels)), 1, MostBlocks);

    // Where a tensor's values are; TorchSharp gives no address of what is on a GPU.
    internal static nint Data(Tensor tensor) => DataOf(tensor.Handle);

    private static nint Data(Tensor tensor, Span part) => DataOf(tensor.Handle) + (nint)(part.From * sizeof(float));

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint DataOf(nint tensor);

    /// <summary>Channels of a tensor that several share.</summary>
    /// <param name="All">Of the tensor.</param>
    /// <param name="From">The first of one's.</param>
    /// <param name="Count">How many of them are one's; those for which it has no values are 0.</param>
    internal readonly record struct Channels(long All, long From, long Count);

    /// <summary>Some of a tensor's values, one after the other.</summary>
    internal readonly record struct Span(long From, long Count);

    /// <summary>As the kernels take it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Shape(Tensor x, long channels, Channels into, float slope, float epsilon)
    {
        public readonly int Height = (int)x.shape[2];
        public readonly int Width = (int)x.shape[3];
        public readonly int Channels = (int)channels;
        public readonly int Stride = (int)x.shape[1];
        public readonly int Room = (int)into.All;
        public readonly int Offset = (int)into.From;
        public readonly int Cover = (int)into.Count;
        public readonly float Slope = slope;
        public readonly float Epsilon = epsilon;
    }
}
