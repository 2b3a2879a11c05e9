using System.Diagnostics;
using System.Text.Json.Nodes;

namespace DipPipeline.Cli.Tests.Scripts;

public sealed class CudaTests
{
    [Theory]
    [InlineData("true", "TorchSharp-cuda-linux", "libtorch-cpu-linux-x64")]
    [InlineData("false", "libtorch-cpu-linux-x64", "TorchSharp-cuda-linux")]
    public async Task Build_Cuda_SelectsItsPackageOnly(string cuda, string taken, string left)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The packages are those of Linux.");
        var start = new ProcessStartInfo("dotnet", ["msbuild", "src/Cli/DipPipeline.Cli.csproj", "-getItem:PackageReference", $"-p:Cuda={cuda}"])
        {
            WorkingDirectory = Repository.Root, RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        var packages = JsonNode.Parse(output)!["Items"]!["PackageReference"]!.AsArray().Select(item => (string?)item!["Identity"]).ToList();

        Assert.Contains(taken, packages);
        Assert.DoesNotContain(left, packages);
    }
}
