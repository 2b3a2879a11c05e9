using System.Text;

namespace DipPipeline.Cli.Tests.EndToEnd;

/// <summary>The tool as a process: exit codes and what it does not load.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Process_WrongUsage_ExitCode2()
    {
        using var dip = new DipProcess(["restore"]);

        var ran = await dip.End(TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Equal("", ran.Out);
        Assert.StartsWith("dip: Say which task", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("plugins", "ls")]
    [InlineData("plugins", "describe", "denoise")]
    [InlineData("restore", "missing.png", "--task", "denoise", "--set", "iterations=0")]
    public async Task Process_NothingToRestore_LoadsNeitherTorchNorOpenCv(params string[] args)
    {
        var trace = Path.Join(Directory.CreateTempSubdirectory("dip-trace-").FullName, "loads.nettrace");
        using var dip = new DipProcess(args, traceLoads: trace);
        await dip.End(TestContext.Current.CancellationToken);
        var loads = await File.ReadAllBytesAsync(trace, TestContext.Current.CancellationToken);
        Directory.Delete(Path.GetDirectoryName(trace)!, recursive: true);

        // Quick starts depend on the last two staying out.
        Assert.True(Loaded("System.CommandLine"));
        Assert.False(Loaded("TorchSharp"));
        Assert.False(Loaded("OpenCvSharp"));

        bool Loaded(string assembly) => loads.AsSpan().IndexOf(Encoding.Unicode.GetBytes($"{assembly}, Version=")) >= 0;
    }
}
