using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Cuda.Emulation;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>Kernels over all parameters against libtorch's operations on the CPU: on the CPU, and on an NVIDIA GPU where there is one.</summary>
public abstract class OptimiserKernelsTests
{
    static OptimiserKernelsTests() => Backends.Prepare();

    private protected abstract Device On { get; }

    private protected abstract OptimiserKernels Kernels { get; }

    [Fact]
    public void Adam_SomeSteps_AreTheFormulasInFloat64()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var start = randn([1000], generator: generator);
        var (exact, first, second) = (start.to(float64), zeros([1000], float64), zeros([1000], float64));
        var (there, firstThere, secondThere) = (start.to(On, copy: true), zeros([1000], float32, On), zeros([1000], float32, On));
        for (var step = 1; step <= 5; step++)
        {
            var gradient = randn([1000], generator: generator) * Math.Pow(10, step - 3);
            Adam.Step(exact, gradient.to(float64), first, second, step, 0.01);
            Kernels.Adam(
                there, gradient.to(On), firstThere, secondThere, (0.9, 0.999), 1e-8, Math.Sqrt(1 - Math.Pow(0.999, step)), 0.01 / (1 - Math.Pow(0.9, step)));
        }

        AssertNear(exact, there);
        AssertNear(first, firstThere);
        AssertNear(second, secondThere);

        static void AssertNear(Tensor expected, Tensor actual) =>
            Assert.InRange(((expected - actual.cpu().to(float64)).abs() / (expected.abs() + 1e-6)).max().item<double>(), 0, 1e-5);
    }

    [Theory]
    [InlineData("bfloat16", "all")]
    [InlineData("float32", "all")]
    [InlineData("bfloat16", "affine")]
    public void Gather_OfANetworksLeaves_IsTheGradientOfTheFlatTensor(string precision, string trained)
    {
        using var scope = NewDisposeScope();
        // So many parameters that the pieces come in several lots.
        var settings = TinyJob.Settings(
            ("channels-down", "8,8,8,8,8,8"), ("channels-up", "8,8,8,8,8,8"), ("channels-skip", "4,4,4,4,4,0"), ("trained", trained)).Network;
        var network = Network.Create(settings, 4, 3);
        var type = precision == "float32" ? float32 : bfloat16;
        using var parameters = new ParameterBuffer(network.Layout, type, On, settings.Trained, isChannelsLast: true);
        parameters.Initialise(new Generator(3, CPU));
        var z = MemoryFormat.ChannelsLast(randn([1, 4, 128, 128], generator: new Generator(1, CPU)).to(type).to(On));
        network.Forward(z, new Pass(parameters.Views())).square().sum().backward();
        var flat = parameters.Flat.grad!;

        var gradients = new Dictionary<ParameterSpec, Tensor>();
        var leaves = parameters.Leaves(withLostBiases: true, gradients);
        Assert.Equal(trained == "all" ? leaves.Length : network.Layout.Affine.Count(), leaves.Count(leaf => leaf.requires_grad));
        network.Forward(z, new Pass(leaves)).square().sum().backward();
        // Biases that a batch norm takes away again are not among the operations.
        Assert.Equal(
            [.. network.Layout.Specs.Where(s => trained == "all" ? s.Kind != ParameterKind.LostBias : s.Kind == ParameterKind.Affine)],
            gradients.Keys.OrderBy(s => s.Index));
        // Of an iteration that broke down.
        var gathered = full_like(parameters.Flat, double.NaN);
        parameters.Gather(Kernels, gradients, gathered);

        var expected = zeros_like(parameters.Flat);
        using (no_grad())
        {
            foreach (var (of, gradient) in gradients)
            {
                parameters.Get(of, expected).copy_(gradient);
            }
        }

        Assert.True(flat.abs().sum().item<float>() > 0);
        Assert.True(expected.eq(gathered).all().item<bool>());
        // Two backward passes: a GPU adds up in no fixed order, whoever puts it together.
        Assert.True(On.type == DeviceType.CPU ? flat.eq(gathered).all().item<bool>() : (flat - gathered).norm().item<float>() <= 1e-2 * flat.norm().item<float>());
    }
}

/// <summary>The kernels themselves, by a C++ compiler.</summary>
public sealed class EmulatedOptimiserKernelsTests : OptimiserKernelsTests
{
    public EmulatedOptimiserKernelsTests() => Assert.SkipUnless(EmulatedKernels.IsThere, "This machine has no g++.");

    private protected override Device On => CPU;

    private protected override OptimiserKernels Kernels => EmulatedKernels.Compiler.Optimiser;
}

/// <summary>As the engine runs them.</summary>
[Collection(nameof(CudaTests))]
public sealed class CudaOptimiserKernelsTests : OptimiserKernelsTests
{
    public CudaOptimiserKernelsTests() => Assert.SkipUnless(cuda.is_available(), "This machine has no CUDA device.");

    private protected override Device On => device("cuda:0");

    private protected override OptimiserKernels Kernels => KernelCompiler.Of(On)!.Optimiser;
}
