using System.Globalization;
using System.Text.Json.Nodes;
using DipPipeline.Cli.Terminals;

namespace DipPipeline.Cli.Tests.Bench;

/// <summary><c>dip bench engine</c> with its real engine on networks small enough to take seconds; in PyTorch's place a script that keeps what it is asked.</summary>
public sealed class EngineBenchTests : IDisposable
{
    // Two scales of eight channels, one thread: milliseconds an iteration.
    private static readonly string[] s_small = ["--set", "channels-down=8,8", "channels-up=8,8", "channels-skip=4,4", "threads=1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-bench-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Engine_Json_MachineAndWhatWasAskedFor()
    {
        var ran = Run(["--networks", "fast", "--size", "32,48", "--precision", "float32", "--rounds", "3", "--iterations", "4", "--quality", "none", "--json", .. s_small]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var report = JsonNode.Parse(ran.Out)!;
        var machine = report["machine"]!;
        Assert.Equal(Environment.ProcessorCount, (int)machine["cores"]!);
        Assert.NotEqual("", (string?)machine["processor"]);
        Assert.StartsWith("2.", (string?)machine["libtorch"], StringComparison.Ordinal);
        Assert.True((long)machine["memoryBytes"]! > 0);
        Assert.NotNull(machine["hugePages"]);
        Assert.NotNull(machine["jemalloc"]);
        Assert.Equal("cpu", (string?)report["device"]);
        Assert.Equal([32, 48], report["networks"]!.AsArray().Select(n => (int)n!["size"]!));
        Assert.All(report["networks"]!.AsArray(), n =>
        {
            Assert.Equal(("fast", "dip", "float32"), ((string?)n!["network"], (string?)n["engine"], (string?)n["precision"]));
            Assert.Equal((3, 4, 1), ((int)n["rounds"]!, (int)n["iterations"]!, (int)n["threads"]!));
            var (least, median, most) = ((double)n["seconds"]!["least"]!, (double)n["seconds"]!["median"]!, (double)n["seconds"]!["most"]!);
            Assert.True(least > 0 && least <= median && median <= most);
            Assert.InRange((long)n["peakMemoryBytes"]!, 50L << 20, 2L << 30);
        });
        Assert.All(["comparisons", "quality", "kernels", "profiles"], list => Assert.Empty(report[list]!.AsArray()));
    }

    [Fact]
    public void Engine_Text_TheSameForPeople()
    {
        var ran = Run(["--networks", "fast", "--size", "32", "--precision", "float32", "--rounds", "1", "--iterations", "1", "--quality", "none", .. s_small]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        Assert.Contains("libtorch 2.", ran.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^fast +32x32 +dip +float32( \*)? +1 +[\d.]+ +[\d.]+ to [\d.]+ +1 of 1 +\d+ +-$", ran.Out);
    }

    [Fact]
    public void Engine_Profile_TheOperationsAddUpToTheIteration()
    {
        var ran = Run(["--networks", "paper", "--size", "32", "--precision", "float32", "--rounds", "1", "--iterations", "1", "--quality", "none", "--profile", "--json",
            "--set", "channels-down=16,16", "channels-up=16,16", "channels-skip=4,4", "threads=1"]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var profile = Assert.Single(JsonNode.Parse(ran.Out)!["profiles"]!.AsArray())!;
        var measured = profile["operations"]!;
        var operations = measured["operations"]!.AsArray();
        Assert.InRange(operations.Sum(o => (double)o!["seconds"]!), 0.2 * (double)measured["secondsPerIteration"]!, (double)measured["secondsPerIteration"]!);
        // Two blocks down, one or two up and a skip at each of two scales, and the output's: each forward once, and back once.
        Assert.Equal(11, Calls("aten::conv2d"));
        // On whole planes each of two doublings is a transposed filter, whose gradient libtorch counts with the convolutions.
        var transposed = Calls("aten::conv_transpose2d");
        Assert.Equal(System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? 0 : 2, transposed);
        Assert.Equal(11 + transposed, Calls("ConvolutionBackward0"));
        Assert.Equal("rest", (string?)Assert.Single(operations, o => (string?)o!["name"] == "torch::autograd::AccumulateGrad")!["kind"]);
        Assert.All(operations.Where(o => ((string?)o!["name"])!.Contains("autograd", StringComparison.Ordinal)), o => Assert.Equal("backward", (string?)o!["phase"]));
        string[] doubling = transposed > 0 ? ["upsampling, forward"] : ["upsampling, forward", "upsampling, backward"];
        Assert.Equal(
            ["convolution, forward", "convolution, backward", "batch norm, forward", "batch norm, backward", .. doubling, "activation, forward", "activation, backward", "padding, forward", "padding, backward", "input noise", "loss, forward", "loss, backward", "optimiser", "averages", "between the operations"],
            // Whether the two gradients of a convolution can be told apart depends on the processor: oneDNN must compute them all.
            profile["rows"]!.AsArray().Select(r => ((string?)r!["operation"])!.Replace(", data", "", StringComparison.Ordinal).Replace(", weights", "", StringComparison.Ordinal)).Distinct().Where(name => !name.StartsWith("rest", StringComparison.Ordinal)
                && !name.StartsWith("casts", StringComparison.Ordinal) && !name.StartsWith("concatenation", StringComparison.Ordinal)));

        double Calls(string name) => operations.Where(o => (string?)o!["name"] == name).Sum(o => (double)o!["calls"]!);
    }

    [Fact]
    public void Engine_Picture_EndsAtThePsnrAskedForOrSaysItWasNot()
    {
        using var pictures = new EndToEnd.TestPictures();
        string[] common = ["--networks", "none", "--quality", "fast", "--picture", pictures.Draw("noisy.png", 64, 64, noise: 60), "--reference", pictures.Draw("clean.png", 64, 64), "--json"];

        var reached = Quality(Run([.. common, "--to-psnr", "12"]));
        var missed = Quality(Run([.. common, "--to-psnr", "70"]));

        Assert.True((double)reached["psnr"]! >= 12);
        Assert.Equal((double)reached["targetSeconds"]!, (double)reached["seconds"]!);
        Assert.Equal("12 dB", (string?)reached["stoppedBy"]);
        Assert.Null(missed["targetSeconds"]);
        Assert.Equal("non-local means", (string?)missed["baseline"]);
        var curve = missed["curve"]!.AsArray();
        Assert.Equal(curve.OrderBy(p => (double)p!["seconds"]!).Select(p => (int)p!["iteration"]!), curve.Select(p => (int)p!["iteration"]!));
        Assert.True((int)missed["iterations"]! > (int)reached["iterations"]!);

        static JsonNode Quality(Ran ran)
        {
            Assert.True(ran.Code == ExitCode.Done, ran.Error);
            return Assert.Single(JsonNode.Parse(ran.Out)!["quality"]!.AsArray())!;
        }
    }

    [Fact]
    public void Engine_PictureInTiles_HasNoCurve_AndNoPsnrToEndAt()
    {
        using var pictures = new EndToEnd.TestPictures();
        string[] common = ["--networks", "none", "--quality", "fast", "--picture", pictures.Draw("noisy.png", 96, 64, noise: 60), "--reference", pictures.Draw("clean.png", 96, 64), "--json", "--set", "tile=64", "iterations=20"];

        var ran = Run(common);
        var refused = Run([.. common, "--to-psnr", "12"]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var quality = Assert.Single(JsonNode.Parse(ran.Out)!["quality"]!.AsArray())!;
        Assert.Empty(quality["curve"]!.AsArray());
        Assert.True((double)quality["psnr"]! > 5);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--to-psnr needs the picture as a whole, and preset 'fast' restores this one in tiles; accepted: --set tile=off.", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Engine_AgainstPyTorch_AlternatesWithTheSameIterationsThreadsAndSize()
    {
        var python = Python();

        var ran = Run(
            ["--networks", "paper", "--size", "32", "--precision", "float32", "--rounds", "3", "--iterations", "2", "--quality", "none", "--json",
            "--against", "pytorch,pytorch-best", "--python", python]);

        Assert.True(ran.Code == ExitCode.Done, ran.Error);
        var report = JsonNode.Parse(ran.Out)!;
        Assert.Equal(["dip", "pytorch", "pytorch-best"], report["networks"]!.AsArray().Select(n => (string?)n!["engine"]));
        // 20 ms an iteration is what the script answers.
        Assert.Equal(0.02, (double)report["networks"]![1]!["seconds"]!["median"]!, 1e-9);
        Assert.Equal(["pytorch", "pytorch-best"], report["comparisons"]!.AsArray().Select(c => (string?)c!["against"]));
        var ours = (double)report["networks"]![0]!["seconds"]!["median"]!;
        Assert.All(report["comparisons"]!.AsArray(), c => Assert.Equal(ours / 0.02, (double)c!["timeRatio"]!["median"]!, 1e-6));

        var plain = Asked("float32");
        var best = Asked("bfloat16");
        string[] lines = ["run 1", "run 2", "run 2", "run 2", "run 2", "about", "memory", "quit"];
        Assert.Equal(lines, plain.Select(l => l.Line));
        Assert.Equal(lines, best.Select(l => l.Line));
        // Rounds begin with ours, with pytorch, with pytorch-best: between its turn and the next one's, each other has had one.
        var turns = plain.Select(l => (Name: "pytorch", l.At, l.Line)).Concat(best.Select(l => (Name: "best", l.At, l.Line)))
            .Where(l => l.Line == "run 2").OrderBy(l => l.At).Select(l => l.Name).Skip(2);
        Assert.Equal(["pytorch", "best", "pytorch", "best", "best", "pytorch"], turns);
        Assert.Contains($"--size 32 --threads {(int)report["networks"]![0]!["threads"]!} --device cpu", File.ReadAllText(Path.Join(_folder, "arguments")), StringComparison.Ordinal);
    }

    [Fact]
    public void Engine_AgainstPyTorchThatMiscounts_ASentenceAndExitCode1()
    {
        var ran = Run(
            ["--networks", "paper", "--size", "32", "--precision", "float32", "--rounds", "1", "--iterations", "1", "--quality", "none", "--against", "pytorch", "--python", Python(miscounts: true)]);

        Assert.Equal(ExitCode.Failed, ran.Code);
        Assert.Contains("dip: pytorch did 2 iterations where 1 were asked for.", ran.Error, StringComparison.Ordinal);
        Assert.Equal("", ran.Out);
    }

    [Fact]
    public void Engine_PythonWithoutTorch_ASentenceAndExitCode2()
    {
        var python = Script("python", "echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1");

        AssertRefused($"The comparison with PyTorch on cpu cannot be made by '{python}' (ModuleNotFoundError: No module named 'torch'); install PyTorch", Run(["--against", "pytorch", "--python", python]));
    }

    [Theory]
    [InlineData("The comparison with PyTorch needs Python, and '/no/python' could not be started", "--against", "pytorch", "--python", "/no/python")]
    [InlineData("--against is 'pytorsh' (did you mean 'pytorch'?); accepted: pytorch, pytorch-best, pytorch-huge, pytorch-plain.", "--against", "pytorsh")]
    [InlineData("--precision is 'float16' (did you mean 'bfloat16'?); accepted: float32, bfloat16.", "--precision", "float16")]
    [InlineData("--size is '16'; accepted: whole numbers from 32 to 8192.", "--size", "256,16")]
    [InlineData("--rounds is '0'; accepted: a whole number of at least 1.", "--rounds", "0")]
    [InlineData("--iterations is 'x'; accepted: a whole number of at least 1.", "--iterations", "x")]
    [InlineData("--to-psnr is '-3'; accepted: a number of dB between 0 and 100.", "--to-psnr", "-3")]
    [InlineData("--picture NOISY and --reference CLEAN go together", "--picture", "a.png")]
    [InlineData("There is no picture '/no/a.png'.", "--picture", "/no/a.png", "--reference", "/no/b.png")]
    [InlineData("Unknown device 'gpu'", "--device", "gpu")]
    [InlineData("'slow'", "--networks", "slow", "--quality", "none")]
    [InlineData("--networks is 'blanced' (did you mean 'balanced'?); accepted: paper, balanced, fast, best, or none.", "--networks", "blanced")]
    [InlineData("--quality is 'fats' (did you mean 'fast'?); accepted: ", "--networks", "fast", "--quality", "fats")]
    [InlineData("'iterationz'", "--networks", "fast", "--set", "iterationz=3")]
    public void Engine_WhatCannotBeMeasured_ASentenceAndExitCode2(string sentence, params string[] args) => AssertRefused(sentence, Run(args));

    [Fact]
    public void Engine_DeviceThatIsNotThere_ASentenceAndExitCode2()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has a CUDA device.");

        AssertRefused("no CUDA device is available", Run(["--device", "cuda:0"]));
    }

    private static void AssertRefused(string sentence, Ran ran)
    {
        Assert.True(ran.Code == ExitCode.Refused, $"{ran.Code}: {ran.Error}");
        Assert.Contains(sentence, ran.Error, StringComparison.Ordinal);
        Assert.StartsWith("dip: ", Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal("", ran.Out);
    }

    private static Ran Run(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = DipCommand.Run(["bench", "engine", .. args], new Terminal(output, error, isInteractive: false, () => 100), stop: TestContext.Current.CancellationToken);
        return new(code, output.ToString(), error.ToString());
    }

    // What each of the others was asked, and when, in nanoseconds; told apart by precision.
    private (long At, string Line)[] Asked(string precision) =>
        [.. File.ReadAllLines(Path.Join(_folder, precision)).Select(l => l.Split(' ', 2)).Select(l => (long.Parse(l[0], CultureInfo.InvariantCulture), l[1]))];

    // Speaks as bench/pytorch/dip.py does, at 20 ms an iteration.
    private string Python(bool miscounts = false) => Script("python", $$"""
        if [ "$1" = -c ]; then exit 0; fi
        echo "$@" >> {{_folder}}/arguments
        precision=float32
        case "$*" in *bfloat16*) precision=bfloat16 ;; esac
        while read -r word count; do
          echo "$(date +%s%N) $word${count:+ $count}" >> {{_folder}}/$precision
          case $word in
            about) echo "{\"engine\": \"PyTorch of the test\", \"device\": \"cpu\", \"precision\": \"$precision\", \"threads\": 1}" ;;
            run) echo "{\"seconds\": 0.0$((2 * count)), \"iterations\": $((count + {{(miscounts ? 1 : 0)}}))}" ;;
            memory) echo '{"peakMemoryBytes": 1048576}' ;;
            quit) exit 0 ;;
          esac
        done
        """);

    private string Script(string name, string body) => ScriptFile.Write(_folder, name, body);
}
