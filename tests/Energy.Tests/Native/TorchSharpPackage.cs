using System.Reflection;
using System.Text.RegularExpressions;

namespace DipPipeline.Energy.Tests.Native;

/// <summary>TorchSharp as it was published.</summary>
internal static class TorchSharpPackage
{
    /// <summary>The package's folder among those restored.</summary>
    public static string Folder { get; } = Path.Combine(Metadata("PackageRoot"), "torchsharp", Regex.Match(
        File.ReadAllText(Path.Combine(RepositoryRoot, "Directory.Packages.props")), """Include="TorchSharp" Version="([^"]+)""").Groups[1].Value);

    public static string Assembly => Path.Combine(Folder, "lib/net8.0/TorchSharp.dll");

    public static string RepositoryRoot => Metadata("RepositoryRoot");

    private static string Metadata(string key) => typeof(TorchSharpPackage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
