using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A pass on a GPU's tensor cores that makes what lies between two convolutions (doubling, batch norm, non-linearity, joining, reflection) in
/// one go (<see cref="NormalisationKernels"/>). libtorch's operations take most of an iteration's time for it (measured: bench/README.md).
/// </summary>
/// <param name="parameters">By registration index, bfloat16 but for the affine ones; those biases that have no effect may be missing.</param>
/// <param name="compiler">Of the device's kernels.</param>
/// <param name="largePicture">Pixels from which on a few channels beside many are convolved for themselves: the many alone keep the GPU busy (measured: bench/README.md).</param>
internal sealed class FusedPass(Tensor[] parameters, KernelCompiler compiler, long largePicture = 256 * 256) : Pass(parameters)
{
    // Of four output channels cuDNN computes gradients in float32, and casts all that they are made of (traced: bench/README.md).
    private const int OutputRoom = 8;

    // Over so few channels a convolution is faster as a product of matrices, where cuDNN is least at home: in steps, to many channels; or a
    // few channels beside many (measured: bench/README.md).
    private const long FewOfInput = 32;
    private const long FewBesideMany = 8;
    private const long Many = 64;

    private readonly KernelCompiler _compiler = compiler;

    public override int Room => 16;

    public override bool AddsLostBiases => false;

    public override bool MergesApart(int skip, int deeper) => true;

    public override Features Double(Features of, Upsampling how) => how == Upsampling.Bilinear ? new DoubledFeatures(of.Get()) : base.Double(of, how);

    public override Features Normalise(Features of, Normalisation by, long from, Activation? activation)
    {
        var isDoubled = activation is null && of is DoubledFeatures;
        using var values = isDoubled ? ((DoubledFeatures)of).Coarse.alias() : (of as WideFeatures)?.Wide.alias() ?? of.Get();
        var channels = (of as WideFeatures)?.Channels ?? values.shape[1];
        if (!KernelCompiler.Takes(channels))
        {
            return base.Normalise(of, by, from, activation);
        }

        return new NormalFeatures(new(MemoryFormat.ChannelsLast(values), channels, from, isDoubled, activation), by, this);
    }

    public override Features Convolve(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, ConvolutionShape shape)
    {
        var output = terms[0].Weight.shape[0];
        var odd = (OutputRoom - (output % OutputRoom)) % OutputRoom;
        using var offsets = bias is null || odd == 0 ? bias?.alias() : F.pad(bias, [0, odd]);
        var parts = terms.Select(t => t.Of).OfType<NormalFeatures>().ToArray();
        if (terms is [{ Of.HasGradient: false }] && IsFew(terms[0].Weight, FewOfInput) && shape is { Stride: > 1, Padding: not Padding.Replication } && odd == 0 && output >= Many && bias is null)
        {
            using var given = terms[0].Of.Get();
            using var values = MemoryFormat.ChannelsLast(given);
            return new(Unfolded(values, terms[0].Weight, shape.Border, shape.Padding == Padding.Reflection, shape.Stride, null));
        }

        if (shape.Padding == Padding.Replication || parts.Length < terms.Count)
        {
            return Made(Convolved([.. terms.Select(t => (t.Of, Filters(t.Weight)))], offsets, Shaped(shape)));
        }

        if (shape is { Border: 0, Stride: 1 } && parts is [{ Padded: { Border: > 0 } made }])
        {
            // Filters of one pixel: what there is already will do, and the border of what becomes of it is left out.
            using var filters = Filters(terms[0].Weight);
            using var around = OneDnn.Convolve(made.Values, filters, offsets, 1, 0);
            return Made(F.pad(around, [-made.Border, -made.Border, -made.Border, -made.Border]));
        }

        var border = shape.Padding == Padding.Reflection ? shape.Border : 0;
        if (parts is [var lone])
        {
            using var values = lone.Get(border);
            using var filters = Filters(terms[0].Weight);
            return Made(OneDnn.Convolve(values, filters, offsets, shape.Stride, shape.Zeros));
        }

        return parts is [var many, var few] && odd == 0 && output >= Many && terms[0].Weight.shape[1] >= Many && IsFew(terms[1].Weight, FewBesideMany) && shape.Stride == 1 && few.Pixels >= largePicture
            ? new(ConvolveApart(many, few))
            : Made(ConvolveJoined());

        Tensor ConvolveApart(NormalFeatures many, NormalFeatures few)
        {
            using var values = many.Get(border);
            using var filters = MemoryFormat.ChannelsLast(terms[0].Weight);
            using var sum = OneDnn.Convolve(values, filters, offsets, 1, shape.Zeros);
            using var beside = few.Get(border);
            return Unfolded(beside, terms[1].Weight, shape.Zeros, reflects: false, 1, sum);
        }

        Tensor ConvolveJoined()
        {
            var channels = terms.Sum(t => t.Weight.shape[1]);
            using var nothing = zeros([output, (Room - (channels % Room)) % Room, terms[0].Weight.shape[2], terms[0].Weight.shape[3]], terms[0].Weight.dtype, terms[0].Weight.device);
            using var all = cat([.. terms.Select(t => t.Weight), nothing], 1);
            using var filters = Filters(all);
            using var values = NormalFeatures.Join(parts, border, filters.shape[1]);
            return OneDnn.Convolve(values, filters, offsets, shape.Stride, shape.Zeros);
        }

        Tensor Filters(Tensor weight) => odd == 0 ? weight.alias() : F.pad(weight, [0, 0, 0, 0, 0, 0, 0, odd]);

        Features Made(Tensor values) => odd == 0 ? new Features(values) : new WideFeatures(values, output);
    }

    // By filters of 3×3: what they see at a place is kept, nine times what is there.
    private static bool IsFew(Tensor weight, long most) => weight.shape[2] == 3 && weight.shape[1] <= most && KernelCompiler.Takes(weight.shape[1]);

    private Tensor Unfolded(Tensor x, Tensor weight, long border, bool reflects, long stride, Tensor? sum) =>
        UnfoldedConvolution.Apply(_compiler, x, weight, new(weight.shape[2], stride, border, reflects), sum, OwnBackward);

    /// <summary>Some of a tensor's channels, the others being nobody's.</summary>
    /// <param name="wide">Owned.</param>
    /// <param name="channels">How many are somebody's.</param>
    private sealed class WideFeatures(Tensor wide, long channels) : Features(() => wide.narrow(1, 0, channels))
    {
        public Tensor Wide => wide;

        public long Channels => channels;

        protected override void Dispose(bool isDisposing)
        {
            base.Dispose(isDisposing);
            wide.Dispose();
        }
    }

    /// <summary>At twice the resolution of what there is.</summary>
    /// <param name="coarse">Owned.</param>
    private sealed class DoubledFeatures(Tensor coarse) : Features(() => Resampling.Double(coarse, Upsampling.Bilinear))
    {
        public Tensor Coarse => coarse;

        protected override void Dispose(bool isDisposing)
        {
            base.Dispose(isDisposing);
            coarse.Dispose();
        }
    }

    /// <summary>After a batch norm: made when it is known what a convolution wants around them.</summary>
    /// <param name="part">Owned.</param>
    /// <param name="by">The batch norm.</param>
    /// <param name="pass">Whose.</param>
    private sealed class NormalFeatures(NormalisedPart part, Normalisation by, FusedPass pass) : Features(() => Make(part, by, pass, 0))
    {
        private readonly NormalisedPart _part = part;
        private readonly Normalisation _by = by;
        private readonly FusedPass _pass = pass;

        /// <summary>What was made last, and how wide its border is.</summary>
        public (Tensor Values, int Border)? Padded { get; private set; }

        /// <summary>Of the features.</summary>
        public long Pixels => _part.X.shape[2] * _part.X.shape[3] * (_part.IsDoubled ? 4 : 1);

        /// <summary>With so many pixels of reflection around them; the caller's to dispose.</summary>
        public Tensor Get(int border)
        {
            if (Padded is not { } made || made.Border != border)
            {
                Padded?.Values.Dispose();
                Padded = (Make(_part, _by, _pass, border), border);
            }

            return Padded.Value.Values.alias();
        }

        protected override void Dispose(bool isDisposing)
        {
            base.Dispose(isDisposing);
            _part.X.Dispose();
            Padded?.Values.Dispose();
        }

        /// <summary>All channels of one batch norm, in the order of the parts.</summary>
        public static Tensor Join(IReadOnlyList<NormalFeatures> parts, int border, long room)
        {
            var (scale, shift) = parts[0]._by.Affine(parts[0]._pass);
            using (scale)
            using (shift)
            {
                return FusedNormalisation.Apply(parts[0]._pass._compiler, [.. parts.Select(p => p._part)], scale, shift, border, room, parts[0]._pass.OwnBackward);
            }
        }

        private static Tensor Make(NormalisedPart part, Normalisation by, FusedPass pass, int border)
        {
            var (scale, shift) = by.Affine(pass);
            using (scale)
            using (shift)
            {
                return FusedNormalisation.Apply(pass._compiler, [part], scale, shift, border, part.Channels, pass.OwnBackward);
            }
        }
    }
}
