using System.Diagnostics;

namespace DipPipeline.Cli.Tests.Scripts;

public sealed class SamplesTests
{
    [Fact]
    public async Task Draw_Again_WritesTheCommittedBytes()
    {
        var folder = Directory.CreateTempSubdirectory("dip-samples-").FullName;
        try
        {
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            using var process = Process.Start(
                new ProcessStartInfo("dotnet", [Path.Join(Repository.Root, "samples/draw/bin", configuration, "net10.0/DipPipeline.Draw.dll"), folder]) { RedirectStandardOutput = true })!;
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            var committed = Directory.GetFiles(Path.Join(Repository.Root, "samples"), "*.png");
            Assert.Equal(committed.Select(Path.GetFileName).Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
            Assert.All(committed, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Join(folder, Path.GetFileName(file)))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
