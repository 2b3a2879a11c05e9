using System.Diagnostics;
using DipPipeline.Cli.Bench;
using DipPipeline.Engine.Measuring;

namespace DipPipeline.Cli.Tests.Bench;

/// <summary>Parts of the benchmark that need what a machine may not have: NVIDIA's tools are played by scripts.</summary>
public sealed class PartsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-bench-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Kernels_OverTheLine_AsTheyWere()
    {
        KernelTime[] kernels = [new("_Z4convPf", 132, 21, 0.0015), new("_Z3addPf", 4, 300, 0.0002)];
        var answer = KernelCounter.Write(kernels).ToJsonString();
        using var engine = new EngineProcess("engine", new ProcessStartInfo(Script("engine", $"read -r line; [ \"$line\" = 'kernels 20' ] && echo '{answer}'")), default);

        Assert.Equal(kernels, KernelCounter.Ask(engine));
    }

    [Fact]
    public void Kernels_NotTraced_None()
    {
        using var engine = new EngineProcess("engine", new ProcessStartInfo(Script("engine", $"read -r line; echo '{KernelCounter.Write(null).ToJsonString()}'")), default);

        Assert.Empty(KernelCounter.Ask(engine));
    }

    [Fact]
    public void DriverMemory_OfOneProcess_InBytes()
    {
        var driver = Script("nvidia-smi", "echo '11, 500'; echo '4242, 1234'; echo '12, [N/A]'");

        Assert.Equal(1234L << 20, DriverMemory.Bytes(4242, driver));
        Assert.Null(DriverMemory.Bytes(12, driver));
        Assert.Null(DriverMemory.Bytes(13, driver));
        Assert.Null(DriverMemory.Bytes(13, "/no/nvidia-smi"));
    }

    [Fact]
    public void ConvolutionSplit_LinesOfOneDnn_TheShareOfTheData()
    {
        string[] lines =
        [
            "{\"seconds\":1}",
            "onednn_verbose,v1,primitive,exec,cpu,convolution,brg_conv_fwd:avx2,forward_training,src:f32,,mb1,100",
            "onednn_verbose,v1,primitive,exec,cpu,convolution,jit:avx2,backward_data,src:f32,,mb1,1.5",
            "onednn_verbose,v1,primitive,exec,cpu,reorder,jit:uni,undef,src:f32,,mb1,50",
            "onednn_verbose,v1,primitive,exec,cpu,convolution,jit:avx2,backward_weights,src:f32,,mb1,4.5",
        ];

        Assert.Equal(0.25, ConvolutionSplit.DataShare(lines, convolutions: 1));
        // One of two only, and none.
        Assert.Null(ConvolutionSplit.DataShare(lines, convolutions: 2));
        Assert.Null(ConvolutionSplit.DataShare(lines[..2], convolutions: 0));
    }

    [Fact]
    public void Spread_OddAndEven_MedianAndRange()
    {
        Assert.Equal(new Spread(2, 1, 9), Spread.Of([9, 1, 2]));
        Assert.Equal(new Spread(2.5, 1, 9), Spread.Of([9, 1, 2, 3]));
    }

    private string Script(string name, string body) => ScriptFile.Write(_folder, name, body);
}
