namespace DipPipeline.Engine.Networks;

/// <summary>
/// Where each parameter stands in the one flat buffer. Convolutions come first, because they are cast to the computing precision
/// as one piece; scales and shifts of batch norms, which stay in float32, follow.
/// </summary>
internal sealed class ParameterLayout
{
    private readonly List<ParameterSpec> _specs = [];

    /// <summary>In registration order, which is the original implementation's.</summary>
    public IReadOnlyList<ParameterSpec> Specs => _specs;

    public IEnumerable<ParameterSpec> Convolutions => _specs.Where(s => s.Kind != ParameterKind.Affine);

    public IEnumerable<ParameterSpec> Affine => _specs.Where(s => s.Kind == ParameterKind.Affine);

    public long Count => _specs.Sum(s => s.Count);

    public ParameterSpec Add(ParameterKind kind, ParameterStart start, double value, params long[] shape)
    {
        var spec = new ParameterSpec(_specs.Count, kind, start, value, shape);
        _specs.Add(spec);
        return spec;
    }
}

internal enum ParameterKind
{
    /// <summary>[out, in, height, width].</summary>
    Weight,
    Bias,

    /// <summary>A bias that a batch norm takes away again: it has no effect.</summary>
    LostBias,

    /// <summary>Scale or shift of a batch norm.</summary>
    Affine,
}

internal enum ParameterStart
{
    /// <summary>Uniform in ±value.</summary>
    Uniform,

    /// <summary>The value everywhere.</summary>
    Constant,

    /// <summary>A Lanczos kernel (a = value) from each channel to itself.</summary>
    Lanczos,
}

/// <summary>One parameter: its place in registration order, kind, start and shape.</summary>
internal sealed record ParameterSpec(int Index, ParameterKind Kind, ParameterStart Start, double Value, long[] Shape)
{
    public long Count => Shape.Aggregate(1L, (product, side) => product * side);
}
