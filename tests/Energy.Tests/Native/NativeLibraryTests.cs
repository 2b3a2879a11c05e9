using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using TorchSharp;

namespace DipPipeline.Energy.Tests.Native;

/// <summary>The native library of TorchSharp, mended by build/TorchSharpNative.targets for systems with an older libstdc++.</summary>
public sealed class NativeLibraryTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Library = "runtimes/linux-x64/native/libLibTorchSharp.so";

    private static string Packages => Metadata("PackageRoot");

    private static string PackageVersion => Regex.Match(
        File.ReadAllText(Path.Combine(Metadata("RepositoryRoot"), "Directory.Packages.props")), """Include="TorchSharp" Version="([^"]+)""").Groups[1].Value;

    [Fact]
    public void TorchSharp_OnThisSystem_LoadsAndComputes()
    {
        using var scope = torch.NewDisposeScope();

        Assert.Equal(15f, torch.tensor([1f, 2f, 3f, 4f, 5f]).sum().item<float>());
    }

    [Fact]
    public void OutputFolder_NeedsTheVersionWeakly_WhereThePackageNeedsIt()
    {
        SkipElsewhere();

        var mended = VersionNeed.Read(Path.Combine(AppContext.BaseDirectory, Library));
        var original = VersionNeed.Read(Path.Combine(Packages, "torchsharp", PackageVersion, Library));

        Assert.True(mended[Version]);
        Assert.False(original[Version]);
        Assert.Equal(original.Where(n => n.Key != Version), mended.Where(n => n.Key != Version));
    }

    [Fact]
    public async Task Build_Again_ChangesNothingPublishIsMendedTooAndThePackageKeepsItsBytes()
    {
        SkipElsewhere();
        var folder = Directory.CreateTempSubdirectory("dip-native-").FullName;
        try
        {
            WriteProject(folder);
            var built = Path.Combine(folder, "bin/Debug/net10.0", Library);
            var package = Hash(Path.Combine(Packages, "torchsharp", PackageVersion, Library));
            await BuildAsync(folder, "build");
            var (bytes, time) = (await File.ReadAllBytesAsync(built, TestContext.Current.CancellationToken), File.GetLastWriteTimeUtc(built));

            await BuildAsync(folder, "build", "--no-restore");
            await BuildAsync(folder, "publish", "--no-restore", "-c", "Debug", "-o", Path.Combine(folder, "published"));

            Assert.Equal(bytes, await File.ReadAllBytesAsync(built, TestContext.Current.CancellationToken));
            Assert.Equal(time, File.GetLastWriteTimeUtc(built));
            Assert.True(VersionNeed.Read(built)[Version]);
            Assert.True(VersionNeed.Read(Path.Combine(folder, "published", Library))[Version]);
            Assert.Equal(package, Hash(Path.Combine(Packages, "torchsharp", PackageVersion, Library)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A program with TorchSharp and our target, hard links on: writing through one would change the package.
    private static void WriteProject(string folder)
    {
        var root = Metadata("RepositoryRoot");
        File.Copy(Path.Combine(root, "Directory.Packages.props"), Path.Combine(folder, "Directory.Packages.props"));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), "");
        File.WriteAllText(Path.Combine(folder, "Probe.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TorchSharp" />
              </ItemGroup>
              <Import Project="{root}build/TorchSharpNative.targets" />
            </Project>
            """);
    }

    private static async Task BuildAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }

    private static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static void SkipElsewhere() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Only the library for Linux on x64 is mended.");

    private static string Metadata(string key) => typeof(NativeLibraryTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
