using DipPipeline.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests;

/// <summary>Down-samplers and total variation give the original implementation's numbers.</summary>
public sealed class OperatorGoldenTests
{
    [Theory]
    [InlineData(ResamplingKernel.Lanczos2, 2)]
    [InlineData(ResamplingKernel.Lanczos2, 4)]
    [InlineData(ResamplingKernel.Lanczos2, 8)]
    [InlineData(ResamplingKernel.Lanczos3, 2)]
    [InlineData(ResamplingKernel.Lanczos3, 4)]
    [InlineData(ResamplingKernel.Lanczos3, 8)]
    public void Downsample_OriginalInput_MatchesKernelAndOutput(ResamplingKernel kernel, int factor)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenCase.Load($"downsample_{(kernel == ResamplingKernel.Lanczos2 ? "lanczos2" : "lanczos3")}_x{factor}");
        var taps = tensor(Downsample.Taps(kernel, factor).Select(t => (float)t).ToArray());
        golden.AssertClose("kernel", taps.outer(taps));
        var input = golden.Tensor("input");
        using var downsample = new Downsample(kernel, factor, (int)input.shape[2], (int)input.shape[3], CPU);
        golden.AssertClose("output", downsample.Apply(input));
    }

    [Fact]
    public void TotalVariation_OriginalInput_MatchesLossAndGradient()
    {
        using var scope = NewDisposeScope();
        var golden = GoldenCase.Load("tv");
        var x = golden.Tensor("input").requires_grad_();
        var loss = TotalVariation.Isotropic(x, golden.Header.GetProperty("beta").GetDouble());
        loss.backward();
        golden.AssertClose("loss", loss.view(1));
        golden.AssertClose("grad", x.grad!);
    }
}
