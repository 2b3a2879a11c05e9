using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Watcher;

/// <summary>A watched folder, checked and complete.</summary>
internal sealed record WatchedFolder
{
    /// <summary>Relative to the storage's inputs, with forward slashes; empty for all of them.</summary>
    public required string Path { get; init; }

    /// <summary>The folder itself.</summary>
    public required string Root { get; init; }

    public required TaskDescriptor Task { get; init; }

    /// <summary>What the configuration says about its pictures.</summary>
    public required OptionLayer Configured { get; init; }

    public required PicturePatterns Pictures { get; init; }

    /// <summary>Relative to the storage's results; empty for their root.</summary>
    public required string Output { get; init; }

    public required bool IsPolling { get; init; }

    /// <summary>How often it is looked through.</summary>
    public required TimeSpan RescanInterval { get; init; }

    public required TimeSpan StabilityWindow { get; init; }

    public required TimeSpan CompanionTimeout { get; init; }

    public required TimeSpan UnreadableTimeout { get; init; }

    /// <summary>Watched folders of their own within it, relative to it: none of its business.</summary>
    public IReadOnlySet<string> Apart { get; init; } = new HashSet<string>();

    /// <summary>A path within the folder as one within the inputs.</summary>
    public string InputPath(string relative) => Join(Path, relative);

    /// <summary>Whether a folder within this one is, or lies in, a watched folder of its own.</summary>
    public bool IsApart(string relative) =>
        Apart.Count > 0 && Apart.Any(a => relative == a || relative.StartsWith(a + "/", StringComparison.Ordinal));

    /// <summary>A path within the inputs as a folder within this one, and a name in it.</summary>
    public (string Folder, string Name) Split(string inputPath) => SplitName(Path.Length == 0 ? inputPath : inputPath[(Path.Length + 1)..]);

    /// <summary>A relative path as a folder, which may be empty, and a name in it.</summary>
    public static (string Folder, string Name) SplitName(string relative)
    {
        var end = relative.LastIndexOf('/');
        return end < 0 ? ("", relative) : (relative[..end], relative[(end + 1)..]);
    }

    /// <summary>Joins two relative paths, each of which may be empty.</summary>
    public static string Join(string first, string second) => first.Length == 0 ? second : second.Length == 0 ? first : $"{first}/{second}";
}
