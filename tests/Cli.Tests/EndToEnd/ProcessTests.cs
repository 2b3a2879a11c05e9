using System.Security.Cryptography;
using System.Text;
using DipPipeline.Cli.Plugins;

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

    [Fact]
    public async Task Process_ListOfAllowedPlugins_DecidesWhichLoad()
    {
        using var folder = new Dip();
        folder.UseFixtures("Valid");
        var assembly = await File.ReadAllBytesAsync(Path.Join(folder.Folder, "plugins/Valid/DipPipeline.Fixtures.Valid.dll"), TestContext.Current.CancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(assembly));
        var other = new string('0', 64);

        Assert.Contains("available", (await Ls("")).Out, StringComparison.Ordinal);
        Assert.Contains("available", (await Ls($"{other}, {hash}")).Out, StringComparison.Ordinal);
        Assert.Contains("failed: 'DipPipeline.Fixtures.Valid.dll' has SHA-256", (await Ls(other)).Out, StringComparison.Ordinal);
        Assert.Equal(
            "dip: DIP_PLUGINS_ALLOWED names 'abc'; accepted: SHA-256 hashes of 64 hexadecimal digits, separated by commas.", (await Ls($"{hash},abc")).Error);
        Assert.Equal(ExitCode.Refused, (await Ls(",")).Code);

        async Task<Ran> Ls(string allowed)
        {
            using var dip = new DipProcess(["plugins", "ls"], null, ("DIP_PLUGINS", Path.Join(folder.Folder, "plugins")), (AllowedHashes.Variable, allowed));
            return await dip.End(TestContext.Current.CancellationToken);
        }
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
