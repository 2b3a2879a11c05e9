namespace DipPipeline.Architecture.Tests;

/// <summary>Who may reference whom: the table of the design, whose projects need not all exist yet.</summary>
internal static class ReferenceTable
{
    private const string AnyPlugin = "Plugins/*";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["Energy"] = ["Contracts"],
        ["Engine"] = ["Energy", "Contracts"],
        [AnyPlugin] = ["Energy", "Contracts"],
        ["PluginHost"] = ["Energy", "Contracts"],
        ["Storage"] = [],
        ["Storage.S3"] = ["Storage"],
        ["Jobs"] = ["Contracts"],
        ["Messaging"] = ["Contracts"],
        ["Watcher"] = ["Messaging", "Jobs", "Storage", "Storage.S3", "Contracts"],
        ["Host"] = ["Engine", "PluginHost", "Messaging", "Storage", "Storage.S3", "Contracts"],
        ["Dashboard"] = ["Messaging", "Jobs", "Storage", "Contracts"],
        // All but plugins, which are never known at compile time.
        ["Cli"] = ["Contracts", "Energy", "Engine", "PluginHost", "Storage", "Storage.S3", "Jobs", "Messaging", "Watcher", "Host", "Dashboard"],
    };

    // Libraries with few packages, or none, stay usable where the rest cannot go.
    private static readonly Dictionary<string, string[]> AllowedPackages = new() { ["Contracts"] = [], ["Energy"] = ["TorchSharp"] };

    /// <summary>Every row, for the test that the table itself is whole.</summary>
    public static IEnumerable<string> Rows => Allowed.Keys;

    /// <summary>What the projects do that the table forbids, one sentence each.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyList<SourceProject> projects) => [.. projects.SelectMany(Violations)];

    private static IEnumerable<string> Violations(SourceProject project)
    {
        var row = RowOf(project.Name);
        if (!Allowed.TryGetValue(row, out var allowed))
        {
            yield return $"{project.Name} is not in the table of references: add a row that says what it may reference.";
            yield break;
        }

        foreach (var reference in project.Projects.Where(r => !allowed.Contains(r)))
        {
            yield return $"{project.Name} references project {reference}; allowed: {Words(allowed)}.";
        }

        // What an allowed project references is visible too, and its types may surface.
        var visible = Closure(row).Select(SourceProject.AssemblyOf).ToHashSet();
        foreach (var reference in project.Assemblies.Where(a => a.StartsWith("DipPipeline.", StringComparison.Ordinal) && !visible.Contains(a)))
        {
            yield return $"{project.Assembly} references assembly {reference}; allowed: {Words(visible)}.";
        }

        if (project.Assemblies.Contains("TorchSharp") && row != "Energy" && !visible.Contains("DipPipeline.Energy"))
        {
            yield return $"{project.Assembly} references TorchSharp, but it must run where there is none.";
        }

        foreach (var package in project.Packages.Where(p => p.Contains("torch", StringComparison.OrdinalIgnoreCase) && row != "Energy"))
        {
            yield return $"{project.Name} references package {package}; tensors come with Energy, and libtorch with UsesTensors.";
        }

        if (AllowedPackages.TryGetValue(row, out var packages))
        {
            foreach (var package in project.Packages.Except(packages))
            {
                yield return $"{project.Name} references package {package}; allowed: {Words(packages)}.";
            }
        }
    }

    private static string RowOf(string name) => name.StartsWith("Plugins/", StringComparison.Ordinal) ? AnyPlugin : name;

    private static IEnumerable<string> Closure(string row) => Allowed[row].SelectMany(r => Closure(r).Prepend(r)).Distinct();

    private static string Words(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } words ? words : "none";
}
