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
    public RecordedPass(Network network, ParameterBuffer parameters, Tensor z, CudaLane lane)
    {
        using var scope = NewDisposeScope();
        var pool = lane.PoolFor(ShapeOf(parameters, z));
        _input = z.clone().DetachFromDisposeScope();
        Pass? pass = null;
        // The parameters' cast is part of it.
        var output = Recorded(_forward, pool, () => network.Forward(_input, pass = Pass.Begin(parameters)));
        _outputGradient = zeros_like(output).DetachFromDisposeScope();
        _gradient = Recorded(_backward, pool, () =>
        {
            var gradient = autograd.grad([output], [parameters.Flat], [_outputGradient])[0];
            pass!.ThrowIfFailed();
            return gradient;
        }).DetachFromDisposeScope();
        _output = output.detach().DetachFromDisposeScope();
    }

    /// <summary>What decides the sizes of all tensors that are recorded.</summary>
    public static string ShapeOf(ParameterBuffer parameters, Tensor z) =>
        FormattableString.Invariant($"{string.Join('x', z.shape)} {z.dtype} {parameters.Flat.numel()}");

    private static Tensor Recorded(CudaGraph graph, CudaGraph.MemoryPool pool, Func<Tensor> work)
    {
        graph.Begin(pool);
        Tensor result;
        try
        {
            result = work();
        }
        catch (Exception e)
        {
            // libtorch's memory of this stream cannot be had back: what would come after fails for no reason that anybody could see.
            Environment.FailFast($"An iteration could not be recorded on the GPU; --set cuda-graphs=off does without. {e.Message}", e);
            throw;
        }

        graph.End();
        return result;
    }

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
