using System.Text.Json;
using System.Text.RegularExpressions;

namespace DipPipeline.Deployment.Tests.Manifests;

/// <summary><c>kubectl kustomize</c>, where there is one that knows components and replacements.</summary>
internal static partial class Kustomize
{
    private static readonly Version s_least = new(1, 27);

    private static readonly Lazy<Task<string?>> s_missing = new(MissingAsync);

    /// <summary>Skips the test on a machine without it: Debian 12 has 1.20. What overlays make is kept, and checked there all the same.</summary>
    public static async Task NeedAsync()
    {
        var missing = await s_missing.Value;
        Assert.SkipWhen(missing is not null, missing ?? "");
    }

    public static Task<string> BuildAsync(string folder) => Repository.OutputAsync("kubectl", "kustomize", folder);

    private static async Task<string?> MissingAsync()
    {
        if (!Repository.Has("kubectl"))
        {
            return $"There is no kubectl; {s_least} or later is needed to build overlays. What they make is kept in tests/Deployment.Tests/Rendered, and checked.";
        }

        var answer = JsonDocument.Parse(await Repository.OutputAsync("kubectl", "version", "--client", "-o", "json"));
        var text = answer.RootElement.GetProperty("clientVersion").GetProperty("gitVersion").GetString()!;
        return Version.Parse(Number().Match(text).Value) is var version && version >= s_least
            ? null
            : $"kubectl is {text}; {s_least} or later is needed to build overlays. What they make is kept in tests/Deployment.Tests/Rendered, and checked.";
    }

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Number();
}
