using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>What Kernels/normalise.cu is compiled for.</summary>
/// <param name="Doubled">Whether what is normalised is x at twice its resolution, bilinear; then without a non-linearity.</param>
/// <param name="Border">Pixels of reflection on each side of the result.</param>
/// <param name="Activation">0 none, 1 LeakyReLU, 2 ELU, 3 SiLU.</param>
internal sealed record NormalisationKind(bool Doubled, int Border, int Activation);

/// <summary>Streams that kernels are given to.</summary>
/// <param name="current">The calling thread's.</param>
internal sealed class KernelStreams(Func<nint> current)
{
    private readonly ConcurrentDictionary<nint, Tensor> _arrivals = [];

    public nint Current() => current();

    /// <summary>How many blocks of a kernel have come, 0 between kernels. One a stream, whose kernels come one after the other.</summary>
    public Tensor Arrivals(nint stream, Device device) => _arrivals.GetOrAdd(stream, static (_, on) => zeros([1], int32, on).DetachFromDisposeScope(), device);
}

/// <summary>Compiles Kernels/*.cu for what it is asked for the first time.</summary>
/// <param name="compile">Of the source and the macros that it wants defined; <see langword="null"/> where it cannot.</param>
/// <param name="streams">Where kernels go.</param>
/// <param name="mostSmall">Pixels up to which a block with some channels to itself is faster than blocks that wait for each other.</param>
internal sealed class KernelCompiler(Func<string, IReadOnlyList<string>, IKernels?> compile, KernelStreams streams, long mostSmall = 32 * 32)
{
    private const int FineVector = 4;

    private static readonly ConcurrentDictionary<int, Lazy<KernelCompiler?>> s_gpus = [];

    private readonly ConcurrentDictionary<(int Vector, NormalisationKind Kind), Lazy<NormalisationKernels?>> _compiled = [];
    private readonly ConcurrentDictionary<int, Lazy<UnfoldingKernels?>> _unfolding = [];
    private readonly Lazy<OptimiserKernels?> _optimiser = new(() => compile(
        Source("optimise.cu"),
        [FormattableString.Invariant($"THREADS={OptimiserKernels.Threads}"), FormattableString.Invariant($"PIECES={OptimiserKernels.MostPieces}")]) is { } kernels
            ? new OptimiserKernels(kernels, streams) : null);

    /// <summary>That of a GPU; <see langword="null"/> for a CPU, and where a GPU's compiler is missing.</summary>
    public static KernelCompiler? Of(Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        var compiler = s_gpus.GetOrAdd(device.index, static index => new(() => Create(index), LazyThreadSafetyMode.PublicationOnly));
        if (compiler.IsValueCreated)
        {
            return compiler.Value;
        }

        // What a library does the first time may wait for the whole device.
        lock (CudaGraph.Exclusive)
        {
            return compiler.Value;
        }
    }

    /// <summary>Whether there are kernels for so many channels.</summary>
    public static bool Takes(long channels) => channels % FineVector == 0 && channels <= FineVector * NormalisationKernels.Threads;

    /// <param name="channels">All counts of channels that they will get, and offsets, each of which it <see cref="Takes"/>.</param>
    /// <param name="kind">Which.</param>
    public NormalisationKernels For(ReadOnlySpan<long> channels, NormalisationKind kind) =>
        Compiled(VectorFor(channels), kind) ?? throw new InvalidOperationException($"The GPU's kernels could not be compiled, or loaded, for {kind}.");

    /// <summary>Those of all parameters at once.</summary>
    public OptimiserKernels Optimiser => _optimiser.Value ?? throw new InvalidOperationException("The GPU's kernels of the optimiser could not be compiled.");

    /// <param name="counts">Of channels, and of the values of a row, each of which it <see cref="Takes"/>.</param>
    public UnfoldingKernels Unfolding(params ReadOnlySpan<long> counts) =>
        CompiledUnfolding(VectorFor(counts)) ?? throw new InvalidOperationException("The GPU's kernels that unfold could not be compiled.");

    private static int VectorFor(ReadOnlySpan<long> counts)
    {
        var vector = 2 * FineVector;
        foreach (var count in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(count % FineVector, 0);
            vector = count % vector == 0 ? vector : FineVector;
        }

        return vector;
    }

    // On a thread whose current device it is, for which kernels are loaded: the caller's may be another.
    private static KernelCompiler? Create(int index) =>
        Task.Factory.StartNew(() => CreateHere(index), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).GetAwaiter().GetResult();

    private static KernelCompiler? CreateHere(int index)
    {
        try
        {
            CudaLane.UseDevice((sbyte)index);
            // All that kernels are given by, once: what this libtorch lacks is known before the first pass.
            _ = CudaLane.CurrentHandle(index);
            using var something = zeros([1], int32, new Device(DeviceType.CUDA, index));
            _ = NormalisationKernels.Data(something);
            var compiler = new KernelCompiler((source, macros) => CudaProgram.Compile(source, index, macros), new(() => CudaLane.CurrentHandle(index)));
            return compiler.Compiled(2 * FineVector, new(Doubled: false, Border: 0, Activation: 1)) is null || compiler.CompiledUnfolding(2 * FineVector) is null
                || compiler._optimiser.Value is null ? null : compiler;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private NormalisationKernels? Compiled(int vector, NormalisationKind kind) => Kept(_compiled, (Vector: vector, Kind: kind), key =>
    {
        var kernels = compile(Source("normalise.cu"),
        [
            FormattableString.Invariant($"THREADS={NormalisationKernels.Threads}"), FormattableString.Invariant($"VECTOR={key.Vector}"),
            FormattableString.Invariant($"BATCH={NormalisationKernels.PixelsPerThread}"), FormattableString.Invariant($"COEFFICIENTS={NormalisationKernels.Coefficients}"),
            $"DOUBLED={(key.Kind.Doubled ? 1 : 0)}", FormattableString.Invariant($"BORDER={key.Kind.Border}"), FormattableString.Invariant($"ACTIVATION={key.Kind.Activation}"),
        ]);
        return kernels is null ? null : new NormalisationKernels(kernels, key.Vector, key.Kind.Doubled, mostSmall, streams);
    });

    private UnfoldingKernels? CompiledUnfolding(int vector) => Kept(_unfolding, vector, key => compile(
        Source("unfold.cu"),
        [FormattableString.Invariant($"THREADS={UnfoldingKernels.Threads}"), FormattableString.Invariant($"VECTOR={key}")]) is { } kernels
            ? new UnfoldingKernels(kernels, key, streams) : null);

    // What could not be loaded is tried again; that of which there was no memory for it is no answer at all.
    private static TKernels? Kept<TKey, TKernels>(ConcurrentDictionary<TKey, Lazy<TKernels?>> kept, TKey key, Func<TKey, TKernels?> make)
        where TKey : notnull
        where TKernels : class
    {
        var made = kept.GetOrAdd(key, k => new(() => make(k), LazyThreadSafetyMode.PublicationOnly));
        if (made.Value is null)
        {
            kept.TryRemove(KeyValuePair.Create(key, made));
        }

        return made.Value;
    }

    private static string Source(string name) => Read("bfloat16.cu") + Read(name);

    private static string Read(string name)
    {
        using var stream = typeof(KernelCompiler).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
