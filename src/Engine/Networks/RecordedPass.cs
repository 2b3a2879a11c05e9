using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A network's forward and backward pass, recorded once: the same operations on the same numbers as without. The energy between the two, which
/// may change from iteration to iteration, is computed as ever.
/// </summary>
internal sealed class RecordedPass : IDisposable
{
    private readonly CudaGraph _forward = new();
    private readonly CudaGraph _backward = new();
    private readonly Tensor _input;
    private readonly Tensor _output;
    private readonly Tensor _outputGradient;
    private readonly Tensor _gradient;
    private Tensor? _leaf;

    /// <summary>Records on the current stream; the passes must have been done there before, so that libraries are ready.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its parameters, which stay where they are.</param>
    /// <param name="z">An input; further ones have its shape.</param>
    /// <param name="lane">The current one.</param>
    /// <param name="compiler">Of the device's own kernels.</param>
    /// <exception cref="RecordingException">It could not be done.</exception>
    public RecordedPass(Network network, ParameterBuffer parameters, Tensor z, CudaLane lane, KernelCompiler? compiler)
    {
        try
        {
            using var scope = NewDisposeScope();
            Pool = lane.PoolFor(ShapeOf(parameters, z));
            _input = z.clone().DetachFromDisposeScope();
            var kernels = parameters.Flat.dtype == float32 ? compiler?.Optimiser : null;
            Pass? pass = null;
            var gradients = new Dictionary<ParameterSpec, Tensor>();
            // The parameters' cast is part of it.
            var output = _forward.Record(Pool, () => network.Forward(_input, pass = Pass.Begin(parameters, compiler, Values)));
            _outputGradient = zeros_like(output).DetachFromDisposeScope();
            using var gathered = zeros_like(parameters.Flat);
            // Once unrecorded, as all others were: the driver may load a kernel when it is first given.
            using var something = zeros([1], float32, gathered.device);
            kernels?.Gather(gathered, [(something, 0)]);
            _gradient = _backward.Record(Pool, Gradient).DetachFromDisposeScope();
            _output = output.detach().DetachFromDisposeScope();

            // Autograd's own way back to the flat tensor is some fifty kernels: leaves of their own where ours put it together.
            Tensor[] Values(bool withLostBiases) => kernels is null ? parameters.Views(withLostBiases) : parameters.Leaves(withLostBiases, gradients);

            Tensor Gradient()
            {
                if (kernels is null)
                {
                    using (no_grad())
                    {
                        parameters.Flat.grad?.zero_();
                    }

                    pass!.OwnBackward.Run(() => autograd.backward([output], [_outputGradient]));
                    return parameters.Flat.grad!.alias();
                }

                try
                {
                    pass!.OwnBackward.Run(() => autograd.backward([output], [_outputGradient]));
                    parameters.Gather(kernels, gradients, gathered);
                }
                finally
                {
                    // The next recording may have their memory: it is replayed later.
                    foreach (var gradient in gradients.Values)
                    {
                        gradient.Dispose();
                    }
                }

                return gathered.alias();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where what was recorded keeps its tensors: for recordings that are replayed after both passes.</summary>
    public CudaGraph.MemoryPool Pool { get; }

    /// <summary>What decides the sizes of all tensors that are recorded.</summary>
    public static string ShapeOf(ParameterBuffer parameters, Tensor z) =>
        FormattableString.Invariant($"{string.Join('x', z.shape)} {z.dtype} {parameters.Flat.numel()}");

    /// <summary>The picture; valid until the next pass.</summary>
    public Tensor Forward(Tensor z)
    {
        using (no_grad())
        {
            _input.copy_(z);
        }

        _forward.Replay();
        _leaf?.Dispose();
        _leaf = _output.detach().requires_grad_(true).DetachFromDisposeScope();
        return _leaf.alias();
    }

    /// <summary>The gradient of <paramref name="minimised"/>, made of the last picture, with respect to the parameters; valid until the next pass.</summary>
    public Tensor Backward(Tensor minimised)
    {
        minimised.backward();
        using var _ = no_grad();
        using var gradient = _leaf!.grad!;
        _outputGradient.copy_(gradient);
        _backward.Replay();
        return _gradient;
    }

    public void Dispose()
    {
        _backward.Dispose();
        _forward.Dispose();
        foreach (var tensor in (Tensor?[])[_input, _output, _outputGradient, _gradient, _leaf])
        {
            tensor?.Dispose();
        }
    }
}
