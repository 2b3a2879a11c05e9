using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// Features of a network, [1,C,H,W]: their values, or how they are made of what a pass keeps. What is made stays until it is disposed, and is
/// made anew each time after that.
/// </summary>
internal class Features : IDisposable
{
    private readonly Func<Tensor>? _make;
    private Tensor? _values;
    private bool _isDisposed;

    /// <param name="values">Owned.</param>
    public Features(Tensor values) => _values = values;

    /// <param name="make">Gives a tensor that belongs to whoever asked.</param>
    public Features(Func<Tensor> make) => _make = make;

    /// <summary>Whether anybody wants their gradient: not that of the network's input, nor of what untrained filters make of it.</summary>
    public bool HasGradient { get; init; } = true;

    /// <summary>The values; the caller's to dispose.</summary>
    public Tensor Get() => _isDisposed && _make is not null ? _make() : (_values ??= _make!()).alias();

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool isDisposing)
    {
        _isDisposed = true;
        _values?.Dispose();
    }
}
