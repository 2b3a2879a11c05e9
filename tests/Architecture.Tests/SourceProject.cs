using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace DipPipeline.Architecture.Tests;

/// <summary>A project under <c>src/</c>: what it says it references, and what its assembly does reference.</summary>
/// <param name="Name">Its folder under <c>src/</c>: <c>Engine</c>, <c>Plugins/Denoise</c>.</param>
/// <param name="Projects">Names of the projects that its project file references; those only built before it do not count.</param>
/// <param name="Packages">The packages that its project file references.</param>
/// <param name="Assemblies">The assemblies that its assembly references.</param>
internal sealed record SourceProject(string Name, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages, IReadOnlyList<string> Assemblies)
{
    public string Assembly => AssemblyOf(Name);

    public static string AssemblyOf(string name) => "DipPipeline." + name.Replace('/', '.');

    /// <summary>Every project under <c>src/</c>.</summary>
    public static IReadOnlyList<SourceProject> ReadAll(string repository, string configuration)
    {
        var source = Path.Combine(repository, "src");
        return [.. Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => Read(source, file, configuration))];
    }

    private static SourceProject Read(string source, string file, string configuration)
    {
        var folder = Path.GetDirectoryName(file)!;
        var items = XDocument.Load(file).Descendants().Where(e => e.Attribute("Include") is not null).ToLookup(e => e.Name.LocalName);
        var assembly = Path.Combine(folder, "bin", configuration, "net10.0", Path.GetFileNameWithoutExtension(file) + ".dll");
        return new(
            Path.GetRelativePath(source, folder).Replace('\\', '/'),
            [.. items["ProjectReference"].Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false").SelectMany(r => ((string)r.Attribute("Include")!).Split(';'))
                .Select(path => Path.GetRelativePath(source, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, path)))!).Replace('\\', '/'))],
            [.. items["PackageReference"].Select(r => (string)r.Attribute("Include")!)],
            ReadAssembly(assembly));
    }

    private static IReadOnlyList<string> ReadAssembly(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }
}
