using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>What the backward passes of functions of our own, which libtorch calls, leave behind: one after another, on autograd's thread on a GPU.</summary>
internal sealed class OwnBackward
{
    private Exception? _failure;
    private IReadOnlyList<Tensor?> _returned = [];

    /// <summary>Does what gives gradients; what it throws passes through no libtorch, and is thrown at the end of <see cref="Run"/>.</summary>
    /// <param name="gradient">That of what the function made; none where what comes after has failed. Disposed of.</param>
    /// <param name="inputs">Of the function.</param>
    /// <param name="gradients">Of the inputs; owned from now on.</param>
    public List<Tensor> Give(Tensor gradient, int inputs, Func<List<Tensor>> gradients)
    {
        // No dispose scope is there.
        using var owned = gradient;
        try
        {
            if (!gradient.IsInvalid)
            {
                // TorchSharp hands the native pointers to libtorch, and nothing else keeps the tensors until that has copied them: those before are.
                Forget();
                var given = gradients();
                _returned = given;
                return given;
            }
        }
        catch (Exception e)
        {
            // libtorch called this: the process would end.
            Interlocked.CompareExchange(ref _failure, e, null);
        }

        return [.. Enumerable.Repeat<Tensor>(null!, inputs)];
    }

    /// <summary>A backward pass; then throws what was thrown in a function of ours.</summary>
    public void Run(Action backward)
    {
        try
        {
            backward();
        }
        finally
        {
            Forget();
        }

        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Forget()
    {
        foreach (var tensor in _returned)
        {
            tensor?.Dispose();
        }

        _returned = [];
    }
}
