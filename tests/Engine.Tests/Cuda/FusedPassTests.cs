using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Cuda.Emulation;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>Kernels of our own against libtorch's operations on the CPU in float64: on the CPU, and on an NVIDIA GPU where there is one.</summary>
public abstract class FusedPassTests
{
    // Half a unit in the last of bfloat16's eight places, of values near the largest.
    private const double Rounding = 0.006;

    static FusedPassTests() => Backends.Prepare();

    private protected abstract Device On { get; }

    private protected abstract KernelCompiler Compiler { get; }

    [Theory]
    [InlineData(64, 96, 32, 32, false, 0, null)]
    [InlineData(64, 96, 128, 128, false, 1, Activation.LeakyReLU)]
    [InlineData(40, 33, 4, 16, false, 1, Activation.LeakyReLU)]
    [InlineData(40, 33, 24, 32, false, 2, Activation.ReLU)]
    [InlineData(31, 17, 8, 8, false, 1, Activation.Swish)]
    [InlineData(31, 17, 136, 136, false, 1, Activation.ELU)]
    [InlineData(64, 48, 128, 128, true, 1, null)]
    [InlineData(9, 14, 12, 16, true, 1, null)]
    [InlineData(2, 2, 8, 8, true, 0, null)]
    [InlineData(2, 3, 16, 16, false, 1, Activation.LeakyReLU)]
    [InlineData(90, 75, 16, 16, true, 1, null)]
    [InlineData(150, 170, 64, 64, false, 1, Activation.LeakyReLU)]
    public void Apply_AnyShape_IsTheOperations(int height, int width, int channels, int room, bool isDoubled, int border, Activation? activation)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var x = ((randn([1, channels, height, width], generator: generator) * 0.7) + 3).to(bfloat16);
        var (scale, shift) = (randn([channels], generator: generator), randn([channels], generator: generator));
        var (exactX, exactScale, exactShift) = (Leaf(x), Leaf(scale), Leaf(shift));
        var exact = F.pad(Expected(exactX, exactScale, exactShift, isDoubled, border, activation), [0, 0, 0, 0, 0, room - channels]);
        var direction = randn(exact.shape, generator: generator).to(bfloat16);
        exact.backward([direction.to(float64)]);

        var there = MemoryFormat.ChannelsLast(x.to(On)).requires_grad_(true);
        var (scaleThere, shiftThere) = (scale.to(On).requires_grad_(true), shift.to(On).requires_grad_(true));
        // Twice: the first must leave nothing behind.
        for (var round = 0; round < 2; round++)
        {
            var y = FusedNormalisation.Apply(Compiler, [new(there, channels, 0, isDoubled, activation)], scaleThere, shiftThere, border, room, new OwnBackward());
            var gradients = autograd.grad([y], [there, scaleThere, shiftThere], [direction.to(On)]);
            AssertNear(exact, y, Rounding);
            AssertNear(exactX.grad!, gradients[0], Rounding);
            AssertNear(exactScale.grad!, gradients[1], 1e-4);
            AssertNear(exactShift.grad!, gradients[2], 1e-4);
        }
    }

    [Fact]
    public void Apply_PartsOfSeveralShapes_AreJoined()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var (coarse, skip) = (randn([1, 32, 20, 28], generator: generator).to(bfloat16), randn([1, 8, 40, 56], generator: generator).to(bfloat16));
        // Of the skip's four channels first.
        Tensor[] affine = [randn([36], generator: generator), randn([36], generator: generator)];
        Tensor[] exact = [Leaf(coarse), Leaf(skip), .. affine.Select(Leaf)];
        var left = Expected(exact[0], exact[2].narrow(0, 4, 32), exact[3].narrow(0, 4, 32), true, 1, null);
        var right = Expected(exact[1].narrow(1, 0, 4), exact[2].narrow(0, 0, 4), exact[3].narrow(0, 0, 4), false, 1, null);
        var expected = cat([left, F.pad(right, [0, 0, 0, 0, 0, 12])], 1);
        var direction = randn(expected.shape, generator: generator).to(bfloat16);
        expected.backward([direction.to(float64)]);

        Tensor[] there = [.. ((Tensor[])[coarse, skip]).Select(x => MemoryFormat.ChannelsLast(x.to(On)).requires_grad_(true)), .. affine.Select(a => a.to(On).requires_grad_(true))];
        var y = FusedNormalisation.Apply(Compiler, [new(there[0], 32, 4, true, null), new(there[1], 4, 0, false, null)], there[2], there[3], 1, 48, new OwnBackward());
        AssertNear(expected, y, Rounding);
        Assert.All(autograd.grad([y], there, [direction.to(On)]).Zip(exact), pair => AssertNear(pair.Second.grad!, pair.First, Rounding));
    }

    [Theory]
    [InlineData("padding", "reflection", "activation", "leaky-relu")]
    [InlineData("padding", "zero", "activation", "swish")]
    [InlineData("padding", "replication", "channels-skip", "0,0")]
    [InlineData("upsample", "nearest", "channels-skip", "6,6")]
    [InlineData("filter-skip", "3", "channels-skip", "16,16")]
    [InlineData("downsample", "avg", "activation", "elu")]
    [InlineData("downsample", "lanczos2", "channels-skip", "5,4")]
    [InlineData("channels-skip", "4,4", "filter-skip", "1")]
    public void Gradient_OfAWholeNetwork_IsNoFurtherFromTheExactOneThanWithoutOurKernels(string first, string itsValue, string second, string itsOther)
    {
        using var scope = NewDisposeScope();
        AssertNoFurther(TinyJob.Settings((first, itsValue), (second, itsOther)).Network, p => new FusedPass(p.Views(withLostBiases: false), Compiler));
    }

    /// <summary>Products of matrices in the place of the convolutions over the input, and over the skip's channels.</summary>
    [Theory]
    [InlineData("reflection", "4,8")]
    [InlineData("zero", "8,4")]
    [InlineData("reflection", "4,5")]
    public void Gradient_ConvolutionsOverFewChannels_IsNoFurtherFromTheExactOneThanWithoutOurKernels(string padding, string skip)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings(("padding", padding), ("channels-down", "64,64"), ("channels-up", "64,64"), ("channels-skip", skip)).Network;
        AssertNoFurther(settings, p => new FusedPass(p.Views(withLostBiases: false), Compiler, largePicture: 0));
    }

    private void AssertNoFurther(NetworkSettings settings, Func<ParameterBuffer, Pass> begin)
    {
        var z = randn([1, 4, 64, 96], generator: new Generator(1, CPU)).to(bfloat16).to(float64);
        var direction = randn([1, 3, 64, 96], float64, generator: new Generator(2, CPU));
        var (picture, gradient) = Of(float64, CPU, p => new Pass(p.Views()));
        var (plain, plainGradient) = Of(bfloat16, On, p => new Pass(p.Views()));
        var (fused, fusedGradient) = Of(bfloat16, On, begin);
        Assert.InRange(Apart(picture, fused), 0, 1.2 * Apart(picture, plain));
        Assert.InRange(Apart(gradient, fusedGradient), 0, 1.2 * Apart(gradient, plainGradient));

        (Tensor Picture, Tensor Gradient) Of(ScalarType precision, Device on, Func<ParameterBuffer, Pass> begin)
        {
            var network = Network.Create(settings, 4, 3);
            using var parameters = new ParameterBuffer(network.Layout, precision, on, isChannelsLast: precision == bfloat16);
            parameters.Initialise(new Generator(3, CPU));
            var input = z.to(precision).to(on);
            var made = network.Forward(precision == bfloat16 ? MemoryFormat.ChannelsLast(input) : input, begin(parameters));
            (made * direction.to(on)).sum().backward();
            return (made.detach(), parameters.Flat.grad!.clone());
        }
    }

    [Theory]
    [InlineData(32, 64, 3, 2, 1, true)]
    [InlineData(12, 128, 5, 2, 2, true)]
    [InlineData(4, 64, 3, 2, 1, false)]
    [InlineData(8, 16, 3, 1, 1, false)]
    [InlineData(4, 24, 3, 1, 0, false)]
    [InlineData(16, 8, 5, 1, 2, false)]
    public void Unfolded_AnyShape_IsTheConvolution(int channels, int outputs, int side, int stride, int border, bool reflects)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var x = randn([1, channels, 19, 30], generator: generator).to(bfloat16);
        var weight = randn([outputs, channels, side, side], generator: generator).to(bfloat16);
        var (exactX, exactWeight) = (Leaf(x), Leaf(weight));
        var padded = F.pad(exactX, (border, border, border, border), reflects ? PaddingModes.Reflect : PaddingModes.Constant);
        var exact = F.conv2d(padded, exactWeight, strides: [stride, stride]);
        var before = randn(exact.shape, generator: generator).to(bfloat16);
        var exactBefore = Leaf(before);
        var direction = randn(exact.shape, generator: generator).to(bfloat16);
        ((exact + exactBefore) * direction).sum().backward();

        var foldable = !reflects && stride == 1;
        var there = MemoryFormat.ChannelsLast(x.to(On)).requires_grad_(foldable);
        var (weightThere, beforeThere) = (MemoryFormat.ChannelsLast(weight.to(On)).requires_grad_(true), MemoryFormat.ChannelsLast(before.to(On)).requires_grad_(true));
        Tensor[] leaves = foldable ? [weightThere, beforeThere, there] : [weightThere, beforeThere];
        for (var round = 0; round < 2; round++)
        {
            // What is added to is changed.
            var sum = beforeThere + 0;
            var y = UnfoldedConvolution.Apply(Compiler, there, weightThere, new(side, stride, border, reflects), sum, new OwnBackward());
            var gradients = autograd.grad([y], leaves, [MemoryFormat.ChannelsLast(direction.to(On))]);
            AssertNear(exact + exactBefore, y, Rounding);
            Assert.All(((Tensor[])[exactWeight, exactBefore, exactX]).Zip(gradients), pair => AssertNear(pair.First.grad!, pair.Second, Rounding));
        }

        var alone = UnfoldedConvolution.Apply(Compiler, there, weightThere, new(side, stride, border, reflects), null, new OwnBackward());
        AssertNear(exact, alone, Rounding);
        AssertNear(exactWeight.grad!, autograd.grad([alone], [weightThere], [direction.to(On)])[0], Rounding);
    }

    [Fact]
    public void Unfold_WholePlanes_IsRefused()
    {
        using var x = randn([1, 4, 6, 8], generator: new Generator(1, CPU)).to(bfloat16).to(On);
        Assert.Throws<ArgumentException>(() => Compiler.Unfolding(4, 40).Unfold(x, new(3, 1, 1, Reflects: false)));
    }

    [Fact]
    public void Apply_Twice_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var x = MemoryFormat.ChannelsLast(randn([1, 128, 300, 200], generator: new Generator(1, CPU)).to(bfloat16).to(On)).requires_grad_(true);
        var (scale, shift) = (ones(128, device: On, requires_grad: true), zeros(128, device: On, requires_grad: true));
        var first = Once();
        for (var i = 0; i < 5; i++)
        {
            Assert.All(Once().Zip(first), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
        }

        Tensor[] Once()
        {
            var y = FusedNormalisation.Apply(Compiler, [new(x, 128, 0, IsDoubled: false, Activation.LeakyReLU)], scale, shift, 1, 128, new OwnBackward());
            return [y.detach(), .. autograd.grad([y.square().sum()], [x, scale, shift])];
        }
    }

    private static Tensor Expected(Tensor x, Tensor scale, Tensor shift, bool isDoubled, int border, Activation? activation)
    {
        var u = isDoubled ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false) : x;
        var v = F.batch_norm(u, null!, null!, scale, shift, training: true);
        var y = activation switch
        {
            null => v,
            Activation.LeakyReLU => F.leaky_relu(v, 0.2),
            Activation.ReLU => F.relu(v),
            Activation.ELU => F.elu(v, 1.0),
            _ => F.silu(v),
        };
        return border == 0 ? y : F.pad(y, (border, border, border, border), PaddingModes.Reflect);
    }

    private static Tensor Leaf(Tensor x) => x.to(float64).detach().requires_grad_(true);

    private static void AssertNear(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual.cpu().to(float64)).abs().max().item<double>(), 0, tolerance * expected.abs().max().item<double>());
    }

    private static double Apart(Tensor exact, Tensor other) => ((exact - other.cpu().to(float64)).norm() / exact.norm()).item<double>();
}

/// <summary>The kernels themselves, by a C++ compiler.</summary>
public sealed class EmulatedFusedPassTests : FusedPassTests
{
    public EmulatedFusedPassTests() => Assert.SkipUnless(EmulatedKernels.IsThere, "This machine has no g++.");

    private protected override Device On => CPU;

    private protected override KernelCompiler Compiler => EmulatedKernels.Compiler;

    /// <summary>Seven batch norms a scale, of which the two halves of the one that joins count for themselves.</summary>
    [Fact]
    public void Forward_PublishedShape_TakesOneKernelABatchNorm()
    {
        using var scope = NewDisposeScope();
        var counted = new CountedKernels();
        var (picture, parameters) = Forward(counted);
        Assert.Equal(14, counted.Launches.Count(name => name == "normalise"));
        Assert.DoesNotContain("differentiate", counted.Launches);
        picture.sum().backward();
        Assert.Equal(14, counted.Launches.Count(name => name == "differentiate"));
        parameters.Dispose();
    }

    /// <summary>The input's convolution and those of both skips, but for that whose five channels no kernel takes, and sixteen, which are not few.</summary>
    [Theory]
    [InlineData("4,4", 3)]
    [InlineData("4,5", 2)]
    [InlineData("8,16", 2)]
    [InlineData("0,0", 1)]
    public void Forward_FewChannels_AreUnfolded(string skip, int convolutions)
    {
        using var scope = NewDisposeScope();
        var counted = new CountedKernels();
        var network = Network.Create(TinyJob.Settings(("channels-down", "64,64"), ("channels-up", "64,64"), ("channels-skip", skip)).Network, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, CPU, isChannelsLast: true);
        parameters.Initialise(new Generator(3, CPU));
        var pass = new FusedPass(parameters.Views(withLostBiases: false), counted.Compiler, largePicture: 0);
        // An input in whole planes, too.
        network.Forward(randn([1, 4, 16, 24], generator: new Generator(1, CPU)).to(bfloat16), pass).sum().backward();
        Assert.Equal(convolutions, counted.Launches.Count(name => name == "unfold"));
        Assert.Equal(convolutions - 1, counted.Launches.Count(name => name == "fold"));
    }

    [Fact]
    public void Backward_KernelIsRefused_SaysSoAfterwards()
    {
        using var scope = NewDisposeScope();
        var refusing = new CountedKernels { Refused = "differentiate" };
        var (picture, parameters) = Forward(refusing, out var pass);
        Assert.Equal("differentiate is refused", Assert.Throws<InvalidOperationException>(() => pass.OwnBackward.Run(() => picture.sum().backward())).Message);
        parameters.Dispose();
    }

    /// <summary>As a pass is recorded: all of its kernels, and gradients that leaves hand over one by one.</summary>
    [Theory]
    [InlineData("all")]
    [InlineData("affine")]
    public void Gather_OfLeaves_IsTheGradientOfTheFlatTensor(string trained)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings(("channels-down", "64,64"), ("channels-up", "64,64"), ("channels-skip", "4,4"), ("trained", trained)).Network;
        var network = Network.Create(settings, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, CPU, settings.Trained, isChannelsLast: true);
        parameters.Initialise(new Generator(3, CPU));
        var z = MemoryFormat.ChannelsLast(randn([1, 4, 16, 24], generator: new Generator(1, CPU)).to(bfloat16));
        var direction = randn([1, 3, 16, 24], generator: new Generator(2, CPU));
        var flat = new FusedPass(parameters.Views(withLostBiases: false), EmulatedKernels.Compiler, largePicture: 0);
        flat.OwnBackward.Run(() => autograd.backward([network.Forward(z, flat)], [direction]));
        var gradients = new Dictionary<ParameterSpec, Tensor>();
        var tapped = new FusedPass(parameters.Leaves(withLostBiases: false, gradients), EmulatedKernels.Compiler, largePicture: 0);
        tapped.OwnBackward.Run(() => autograd.backward([network.Forward(z, tapped)], [direction]));
        var gathered = full_like(parameters.Flat, double.NaN);

        parameters.Gather(EmulatedKernels.Compiler.Optimiser, gradients, gathered);

        Assert.True(parameters.Flat.grad!.abs().sum().item<float>() > 0);
        Assert.True(parameters.Flat.grad!.eq(gathered).all().item<bool>());
        Assert.All(gradients.Keys, of => Assert.True(trained == "all" || of.Kind == ParameterKind.Affine));
    }

    [Fact]
    public void For_AKernelThatCouldNotBeLoaded_IsTriedAgain()
    {
        var tries = 0;
        var compiler = new KernelCompiler((source, macros) => ++tries % 2 == 1 ? null : EmulatedKernels.Compile(source, macros), new KernelStreams(() => 0));
        var kind = new NormalisationKind(Doubled: false, Border: 1, Activation: 1);
        Assert.Throws<InvalidOperationException>(() => compiler.For([8], kind));
        Assert.Same(compiler.For([8], kind), compiler.For([16], kind));
        Assert.Throws<InvalidOperationException>(() => compiler.Unfolding(8));
        Assert.Same(compiler.Unfolding(8), compiler.Unfolding(16));
        Assert.Equal(4, tries);
    }

    /// <summary>A person may do without them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Backward_OwnKernelsOrNone_ComputesByThoseAlone(bool hasKernels)
    {
        using var scope = NewDisposeScope();
        var counted = new CountedKernels();
        var compiler = hasKernels ? counted.Compiler : null;
        var settings = TinyJob.Settings(("channels-skip", "4,4"));
        var network = Network.Create(settings.Network, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, CPU, isChannelsLast: true);
        parameters.Initialise(new Generator(3, CPU));
        var state = new SolverState();
        using var descent = new Descent(settings, network.Layout, parameters, state, compiler);
        using var pass = new NetworkPass(network, parameters, lane: null, bytes: null, compiler);
        var z = MemoryFormat.ChannelsLast(randn([1, 4, 16, 24], generator: new Generator(1, CPU)).to(bfloat16));

        descent.Step(pass.Backward(pass.Forward(z).sum()), 1, 0.01, pool: null);

        string[] expected = hasKernels ? ["adam", "differentiate", "normalise"] : [];
        Assert.Equal(expected, counted.Launches.Distinct().Order());
        state.Dispose();
    }

    private static (Tensor Picture, ParameterBuffer Parameters) Forward(CountedKernels kernels) => Forward(kernels, out _);

    private static (Tensor Picture, ParameterBuffer Parameters) Forward(CountedKernels kernels, out FusedPass pass)
    {
        var network = Network.Create(TinyJob.Settings(("channels-skip", "4,4")).Network, 4, 3);
        var parameters = new ParameterBuffer(network.Layout, bfloat16, CPU, isChannelsLast: true);
        parameters.Initialise(new Generator(3, CPU));
        pass = new FusedPass(parameters.Views(withLostBiases: false), kernels.Compiler);
        return (network.Forward(MemoryFormat.ChannelsLast(randn([1, 4, 16, 24], generator: new Generator(1, CPU)).to(bfloat16)), pass), parameters);
    }
}

/// <summary>As pictures of any size were large.</summary>
public sealed class EmulatedFusedPassOfLargePicturesTests : FusedPassTests
{
    public EmulatedFusedPassOfLargePicturesTests() => Assert.SkipUnless(EmulatedKernels.IsThere, "This machine has no g++.");

    private protected override Device On => CPU;

    private protected override KernelCompiler Compiler => EmulatedKernels.OfLargePictures;
}

/// <summary>As the engine runs them.</summary>
[Collection(nameof(CudaTests))]
public sealed class CudaFusedPassTests : FusedPassTests
{
    public CudaFusedPassTests() => Assert.SkipUnless(cuda.is_available(), "This machine has no CUDA device.");

    private protected override Device On => device("cuda:0");

    private protected override KernelCompiler Compiler
    {
        get
        {
            var compiler = KernelCompiler.Of(On);
            Assert.NotNull(compiler);
            return compiler;
        }
    }

    [Fact]
    public void Begin_InBFloat16_IsAFusedPass()
    {
        var network = Network.Create(TinyJob.Settings().Network, 4, 3);
        using var scope = NewDisposeScope();
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, On);
        using var wide = new ParameterBuffer(network.Layout, float32, On);
        Assert.IsType<FusedPass>(Pass.Begin(parameters, Compiler));
        Assert.IsType<Pass>(Pass.Begin(wide, Compiler));
        Assert.IsType<Pass>(Pass.Begin(parameters, null));
    }
}
