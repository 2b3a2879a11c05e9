using DipPipeline.Energy;
using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// All parameters in one flat float32 tensor (float64 where the network computes in it, for checks of gradients): the optimiser makes a
/// handful of calls whatever the network, and a forward pass gets views of it, cast to the computing precision in one piece. Weights are
/// kept as [out, height, width, in] and seen as [out, in, height, width]: channels-last. Each begins at a multiple of 128 bytes, with
/// zeros in between: cuDNN reads several values at once, and faults where they do not lie so.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    /// <summary>Raised with every change of the order in which parameters lie: what was written in another is not to be read in this.</summary>
    public const int Order = 2;

    // Values: 128 bytes of float32, 64 of what is cast to bfloat16.
    private const long Alignment = 32;

    private readonly ParameterLayout _layout;
    private readonly ScalarType _precision;
    private readonly ScalarType _master;
    private readonly bool _affineOnly;
    private readonly bool _isChannelsLast;
    private readonly long[] _groups;
    private readonly long[] _offsets;
    private readonly ParameterSpec[] _convolutions;
    private readonly ParameterSpec[] _affine;

    /// <param name="layout">What parameters there are.</param>
    /// <param name="precision">What the network computes in.</param>
    /// <param name="device">Where.</param>
    /// <param name="trained">What gets a gradient; the rest stays as it starts.</param>
    /// <param name="isChannelsLast">Whether a pass gets its weights channels-last, or in planes; by default as the device computes fastest.</param>
    public ParameterBuffer(ParameterLayout layout, ScalarType precision, Device device, TrainedParameters trained = TrainedParameters.All, bool? isChannelsLast = null)
    {
        _isChannelsLast = isChannelsLast ?? MemoryFormat.IsChannelsLast(device);
        _affineOnly = trained == TrainedParameters.Affine;
        _layout = layout;
        _precision = precision;
        // Those that have no effect at the end: one gap, where a pass does without them.
        _convolutions = [.. layout.Convolutions.OrderBy(s => s.Kind == ParameterKind.LostBias)];
        _affine = [.. layout.Affine];
        _groups = [_convolutions.Sum(Room), _affine.Sum(Room)];
        _offsets = new long[layout.Specs.Count];
        Place(_convolutions, 0, _offsets);
        Place(_affine, _groups[0], _offsets);
        _master = precision == float64 ? float64 : float32;
        Flat = zeros([_groups.Sum()], _master, device).DetachFromDisposeScope();
        Flat.requires_grad = true;
    }

    /// <summary>The parameters and the zeros between them, one-dimensional; a leaf of the graph.</summary>
    public Tensor Flat { get; }

    /// <summary>What a pass computes in.</summary>
    public ScalarType Precision => _precision;

    /// <summary>Draws every parameter anew, in registration order, as PyTorch's layers do by default.</summary>
    public void Initialise(Generator generator)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var spec in _layout.Specs)
        {
            Set(spec, spec.Start switch
            {
                // Drawn on the CPU, so that every device starts from the same network.
                ParameterStart.Uniform => zeros(spec.Shape).uniform_(-spec.Value, spec.Value, generator),
                ParameterStart.Lanczos => Lanczos(spec),
                _ => full(spec.Shape, spec.Value),
            });
        }
    }

    /// <summary>Overwrites one parameter, given in its natural shape.</summary>
    public void Set(ParameterSpec spec, Tensor value)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var stored = spec.Kind == ParameterKind.Weight ? value.permute(0, 2, 3, 1) : value;
        Flat.narrow(0, Offset(spec), spec.Count).copy_(stored.reshape(-1));
    }

    /// <summary>One parameter's part of a flat tensor (the parameters, their gradient), in its natural shape.</summary>
    public Tensor Get(ParameterSpec spec, Tensor flat) => View(flat.narrow(0, Offset(spec), spec.Count), spec);

    /// <summary>Where a parameter begins in the flat tensor.</summary>
    public long Offset(ParameterSpec spec) => _offsets[spec.Index];

    /// <summary>Views of all parameters, by registration index, in the current dispose scope.</summary>
    /// <param name="withLostBiases">Whether those that have no effect are among them.</param>
    public Tensor[] Views(bool withLostBiases = true)
    {
        var views = new Tensor[_layout.Specs.Count];
        var groups = Flat.split(_groups);
        Fill(_convolutions, (_affineOnly ? groups[0].detach() : groups[0]).to(_precision));
        Fill(_affine, groups[1]);
        return views;

        void Fill(ParameterSpec[] specs, Tensor group)
        {
            // A parameter, and what lies between it and the next: one part, for each takes a kernel of a GPU to have no gradient.
            var viewed = specs.Where(s => withLostBiases || s.Kind != ParameterKind.LostBias).ToArray();
            var starts = viewed.Select(s => Offset(s) - (specs == _affine ? _groups[0] : 0)).ToArray();
            var end = specs.Sum(Room);
            long[] sizes = [starts.FirstOrDefault(end), .. viewed.SelectMany((s, i) => new[] { s.Count, (i + 1 < viewed.Length ? starts[i + 1] : end) - starts[i] - s.Count })];
            var parts = group.split(sizes);
            for (var i = 0; i < viewed.Length; i++)
            {
                views[viewed[i].Index] = Ordered(parts[(2 * i) + 1], viewed[i]);
            }
        }
    }

    /// <summary>
    /// The same, each a leaf of the graph for itself, where it is trained: the flat tensor knows nothing of them, and <see cref="Gather"/> makes
    /// its gradient of theirs, which a backward pass leaves here.
    /// </summary>
    /// <param name="withLostBiases">As of <see cref="Views"/>.</param>
    /// <param name="gradients">Gets those that there are, by parameter; in no dispose scope.</param>
    public Tensor[] Leaves(bool withLostBiases, IDictionary<ParameterSpec, Tensor> gradients)
    {
        Tensor[] leaves;
        using (no_grad())
        {
            leaves = Views(withLostBiases);
        }

        foreach (var spec in _layout.Specs.Where(s => leaves[s.Index] is not null))
        {
            var leaf = leaves[spec.Index].detach().requires_grad_(IsTrained(spec));
            leaves[spec.Index] = leaf.requires_grad ? GradientTap.Apply(leaf, gradient => gradients[spec] = gradient.DetachFromDisposeScope()) : leaf;
        }

        return leaves;
    }

    /// <summary>The flat tensor's gradient, put together of those of its leaves; 0 where there is none.</summary>
    /// <param name="kernels">Of the device.</param>
    /// <param name="gradients">As a backward pass left them.</param>
    /// <param name="gradient">[n], float32: gets it.</param>
    public void Gather(OptimiserKernels kernels, IReadOnlyDictionary<ParameterSpec, Tensor> gradients, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Each time: whoever clips a gradient that is no number makes the gaps none, too.
        gradient.zero_();
        kernels.Gather(gradient, [.. gradients.OrderBy(g => Offset(g.Key)).Select(g => (Stored(g.Key, g.Value), Offset(g.Key)))]);
    }

    public void Dispose() => Flat.Dispose();

    private bool IsTrained(ParameterSpec spec) => !_affineOnly || spec.Kind == ParameterKind.Affine;

    // In the order of the flat tensor.
    private static Tensor Stored(ParameterSpec spec, Tensor value) => (spec.Kind == ParameterKind.Weight ? value.permute(0, 2, 3, 1) : value.alias()).contiguous();

    // A view where the pass is channels-last, else contiguous: a copy, but of 1×1 filters, whose strides must not look channels-last.
    private Tensor Ordered(Tensor part, ParameterSpec spec) =>
        spec.Kind != ParameterKind.Weight || _isChannelsLast ? View(part, spec)
        : spec.Shape[2] == 1 && spec.Shape[3] == 1 ? part.view(spec.Shape)
        : View(part, spec).contiguous();

    private static Tensor View(Tensor part, ParameterSpec spec) => spec.Kind != ParameterKind.Weight ? part
        : part.view(spec.Shape[0], spec.Shape[2], spec.Shape[3], spec.Shape[1]).permute(0, 3, 1, 2);

    private static Tensor Lanczos(ParameterSpec spec)
    {
        var kernel = spec.Value < 2.5 ? ResamplingKernel.Lanczos2 : ResamplingKernel.Lanczos3;
        var taps = tensor(Downsample.Taps(kernel, 2).Select(t => (float)t).ToArray());
        return eye(spec.Shape[0]).view(spec.Shape[0], spec.Shape[1], 1, 1) * taps.outer(taps);
    }

    private static long Room(ParameterSpec spec) => (spec.Count + Alignment - 1) / Alignment * Alignment;

    private static void Place(ParameterSpec[] specs, long from, long[] offsets)
    {
        foreach (var spec in specs)
        {
            offsets[spec.Index] = from;
            from += Room(spec);
        }
    }
}
