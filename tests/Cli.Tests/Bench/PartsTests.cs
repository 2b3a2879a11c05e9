using System.Diagnostics;
using DipPipeline.Cli.Bench;

namespace DipPipeline.Cli.Tests.Bench;

/// <summary>Parts of the benchmark that need what a machine may not have: NVIDIA's tools are played by scripts.</summary>
public sealed class PartsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-bench-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Kernels_TwoTraces_TheDifferenceByIteration()
    {
        // 700 kernels at the start, and 321 in each iteration; the report says what the trace was told. Those of a graph are counted only where asked for.
        var nsys = Script("nsys", """
            case $1 in
              profile)
                for argument; do case $argument in --output=*) trace=${argument#--output=} ;; esac; done
                read -r _ iterations
                case " $* " in *" --cuda-graph-trace=node "*) ;; *) iterations=0 ;; esac
                echo "$iterations" > "$trace.nsys-rep" ;;
              stats)
                iterations=$(cat "${@: -1}")
                echo "Processing [trace] with [cuda_gpu_kern_sum.py]..."
                echo
                echo "Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name"
                echo "60.0,1000,$((300 * iterations)),1.0,1.0,1,1,0.0,\"void conv<float, 1, 2>(int, int)\""
                echo "40.0,500,$((21 * iterations + 700)),1.0,1.0,1,1,0.0,elementwise" ;;
            esac
            """);

        Assert.Equal(321, KernelCounter.PerIteration(new ProcessStartInfo("engine", ["serve"]), nsys));
    }

    [Fact]
    public void Kernels_NoProfilerOrNothingTraced_NotCounted()
    {
        Assert.Null(KernelCounter.PerIteration(new ProcessStartInfo("engine"), "/no/nsys"));
        Assert.Null(KernelCounter.PerIteration(new ProcessStartInfo("engine"), Script("nsys", "cat > /dev/null; echo 'SKIPPED: it does not contain CUDA kernel data.'")));
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
