using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;

namespace DipPipeline.Energy.Tests.Native;

/// <summary>The native library of TorchSharp, mended by build/TorchSharpNative.targets for systems with an older libstdc++.</summary>
public sealed class NativeLibraryTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Library = "runtimes/linux-x64/native/libLibTorchSharp.so";

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
        var original = VersionNeed.Read(Path.Combine(TorchSharpPackage.Folder, Library));

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
            var package = (Hash(Path.Combine(TorchSharpPackage.Folder, Library)), Hash(TorchSharpPackage.Assembly));
            await BuildAsync(folder, "build");
            var (bytes, time) = (await File.ReadAllBytesAsync(built, TestContext.Current.CancellationToken), File.GetLastWriteTimeUtc(built));

            await BuildAsync(folder, "build", "--no-restore");
            await BuildAsync(folder, "publish", "--no-restore", "-c", "Debug", "-o", Path.Combine(folder, "published"));

            Assert.Equal(bytes, await File.ReadAllBytesAsync(built, TestContext.Current.CancellationToken));
            Assert.Equal(time, File.GetLastWriteTimeUtc(built));
            Assert.True(VersionNeed.Read(built)[Version]);
            Assert.True(VersionNeed.Read(Path.Combine(folder, "published", Library))[Version]);
            Assert.Equal(Hash(typeof(torch).Assembly.Location), Hash(Path.Combine(folder, "bin/Debug/net10.0/TorchSharp.dll")));
            Assert.Equal(Hash(typeof(torch).Assembly.Location), Hash(Path.Combine(folder, "published/TorchSharp.dll")));
            Assert.Equal(package, (Hash(Path.Combine(TorchSharpPackage.Folder, Library)), Hash(TorchSharpPackage.Assembly)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A program with TorchSharp and our targets, hard links on: writing through one would change the package.
    private static void WriteProject(string folder)
    {
        var root = TorchSharpPackage.RepositoryRoot;
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
              <Import Project="{root}build/TorchSharpAssembly.targets" />
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
}
