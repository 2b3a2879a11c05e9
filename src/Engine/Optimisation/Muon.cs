using DipPipeline.Engine.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024): the momentum of a convolution's weights, as the
/// matrix [out, height·width·in], is brought near the closest matrix whose singular values are all 1, by five steps of Newton and Schulz. So
/// directions of which the gradient has little are learnt as fast as those that it is full of. All matrices are one batch, filled up with
/// zeros, which the steps leave zero: a handful of tensor calls whatever the network. Other parameters, and convolutions that see or make
/// a few channels, are <see cref="Adam"/>'s.
/// </summary>
internal sealed class Muon : IDisposable
{
    private const double Momentum = 0.95;
    private const int Steps = 5;

    // Of the odd polynomial that is steepest at 0 and keeps singular values between 0.7 and 1.2 (Jordan et al.).
    private const double Linear = 3.4445;
    private const double Cubic = -4.7750;
    private const double Quintic = 2.0315;

    private readonly long[] _batch;
    private readonly Tensor _from;
    private readonly Tensor _isValue;
    private readonly Tensor _values;
    private readonly Tensor _where;
    private readonly Tensor _scale;

    private Muon(IReadOnlyList<(long Offset, long Rows, long Columns)> matrices, Tensor flat)
    {
        _batch = [matrices.Count, matrices.Max(m => m.Rows), matrices.Max(m => m.Columns)];
        var from = new List<long>();
        var isValue = new List<float>();
        foreach (var (offset, rows, columns) in matrices)
        {
            for (var row = 0; row < _batch[1]; row++)
            {
                for (var column = 0; column < _batch[2]; column++)
                {
                    var isInside = row < rows && column < columns;
                    from.Add(isInside ? offset + (row * columns) + column : 0);
                    isValue.Add(isInside ? 1 : 0);
                }
            }
        }

        using var scope = NewDisposeScope();
        var (source, inside) = (tensor(from.ToArray()), tensor(isValue.ToArray()));
        var places = inside.nonzero().flatten();
        _from = Kept(source);
        _isValue = Kept(inside.view(_batch));
        _values = Kept(places);
        _where = Kept(source[places]);
        // Adam's steps are about as long as the rate for each value; so are these.
        _scale = Kept(tensor(matrices.Select(m => (float)Math.Sqrt(Math.Max(m.Rows, m.Columns))).ToArray()).view(-1, 1, 1));
        var others = ones(flat.shape[0]);
        others[source[places]] = zeros(1);
        Others = Kept(others);

        Tensor Kept(Tensor made) => (made.is_floating_point() ? made.to(flat.dtype) : made).to(flat.device).alias().DetachFromDisposeScope();
    }

    /// <summary>1 for Adam's parameters, 0 for this one's; of the flat buffer's shape.</summary>
    public Tensor Others { get; }

    /// <summary>For a network's parameters; <see langword="null"/> where none of them are for it.</summary>
    public static Muon? Create(ParameterLayout layout, ParameterBuffer parameters)
    {
        var matrices = layout.Specs.Where(IsMatrix).Select(s => (parameters.Offset(s), s.Shape[0], s.Count / s.Shape[0])).ToArray();
        return matrices.Length == 0 ? null : new Muon(matrices, parameters.Flat);
    }

    /// <summary>Where a step goes.</summary>
    /// <param name="gradient">Of the flat parameters.</param>
    /// <param name="momentum">Same shape, 0 at first; changed in place.</param>
    /// <returns>For <see cref="Move"/>; the caller's to dispose.</returns>
    public Tensor Direction(Tensor gradient, Tensor momentum)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        momentum.lerp_(gradient, 1 - Momentum);
        var x = gradient.lerp(momentum, Momentum).index_select(0, _from).view(_batch).mul_(_isValue);
        x.div_(x.square().sum([1, 2], keepdim: true).sqrt_().add_(1e-7));
        for (var i = 0; i < Steps; i++)
        {
            var square = x.bmm(x.transpose(1, 2));
            var polynomial = square.bmm(square).mul_(Quintic).add_(square, Cubic);
            x = polynomial.bmm(x).add_(x, Linear);
        }

        return x.mul_(_scale).view(-1).index_select(0, _values).DetachFromDisposeScope();
    }

    /// <summary>Goes there.</summary>
    /// <param name="parameters">Changed in place: those that are not <see cref="Others"/>.</param>
    /// <param name="direction">Of <see cref="Direction"/>.</param>
    /// <param name="learningRate">The rate of this step: root mean square of a matrix's change.</param>
    public void Move(Tensor parameters, Tensor direction, double learningRate)
    {
        using var _ = no_grad();
        parameters.index_add_(0, _where, direction, -learningRate);
    }

    public void Dispose()
    {
        _from.Dispose();
        _isValue.Dispose();
        _values.Dispose();
        _where.Dispose();
        _scale.Dispose();
        Others.Dispose();
    }

    // The last has a picture's channels as rows, up to four: too few to speak of a rotation. The first has many columns all the same, and gains most (bench/README.md).
    private static bool IsMatrix(ParameterSpec spec) => spec.Kind == ParameterKind.Weight && Math.Min(spec.Shape[0], spec.Count / spec.Shape[0]) > 4;
}
