using System.Diagnostics;

namespace DipPipeline.Cli.Tests.Bench;

/// <summary><c>bench/gpu</c>, with a script in the tool's place.</summary>
public sealed class GpuScriptTests : IDisposable
{
    private const string Always = "bench engine --device cuda:0 --networks paper --size 512 --precision float32,bfloat16 --against pytorch,pytorch-best";

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-gpu-").FullName;

    public GpuScriptTests()
    {
        File.Copy(Path.Join(Repository.Root, "bench/gpu"), Path.Join(Directory.CreateDirectory(Path.Join(_folder, "bench")).FullName, "gpu"));
        ScriptFile.Write(_folder, "dip", """echo "cuda=$DIP_CUDA $*"; exit "${FAKE_CODE:-0}" """);
    }

    private string Figures => Path.Join(_folder, "artifacts/gpu.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Gpu_Twice_BothFiguresAreKept()
    {
        Assert.Equal(0, Run());
        Assert.Equal(0, Run("--rounds", "10"));

        Assert.Equal([$"cuda=true {Always} --quality none", $"cuda=true {Always} --quality none --rounds 10"], File.ReadAllLines(Figures));
    }

    [Fact]
    public void Gpu_Picture_TheTimeTo32DecibelsToo()
    {
        Run("--picture", "noisy.png", "--reference", "clean.png");

        Assert.Equal($"cuda=true {Always} --quality paper --to-psnr 32 --picture noisy.png --reference clean.png", Assert.Single(File.ReadAllLines(Figures)));
    }

    /// <summary>Instead of the first, not as well.</summary>
    [Theory]
    [InlineData("--device=cuda:1")]
    [InlineData("--device", "cuda:1")]
    public void Gpu_AnotherDevice_IsNamedAlone(params string[] device)
    {
        Run(device);

        Assert.Equal($"cuda=true {Always.Replace(" --device cuda:0", "", StringComparison.Ordinal)} --quality none {string.Join(' ', device)}", Assert.Single(File.ReadAllLines(Figures)));
    }

    [Fact]
    public void Gpu_ToolRefuses_ItsExitCode() => Assert.Equal(2, Run(2));

    private int Run(params string[] args) => Run(0, args);

    private int Run(int code, params string[] args)
    {
        var start = new ProcessStartInfo("bash", [Path.Join(_folder, "bench/gpu"), .. args]) { RedirectStandardOutput = true };
        start.Environment["FAKE_CODE"] = $"{code}";
        start.Environment.Remove("DIP_CUDA");
        start.Environment.Remove("DIP_GPU_FIGURES");
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
