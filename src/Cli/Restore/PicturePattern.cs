using System.IO.Enumeration;

namespace DipPipeline.Cli.Restore;

/// <summary>
/// Patterns that the shell left alone: <c>*</c> and <c>?</c> within a name, <c>**</c> for folders at any depth.
/// As in the shell, hidden names match only where the pattern spells their dot.
/// </summary>
internal static class PicturePattern
{
    private static readonly string[] Everything = ["*"];

    /// <summary>Whether <paramref name="image"/> is a pattern, not a file that happens to have a star in its name.</summary>
    public static bool Is(string image) => image.AsSpan().ContainsAny('*', '?') && !File.Exists(image);

    /// <summary>The folder that a pattern names before its first star or question mark.</summary>
    public static string Begins(string pattern)
    {
        var folder = pattern[..pattern.AsSpan().IndexOfAny('*', '?')];
        folder = folder[..(folder.LastIndexOf(Path.DirectorySeparatorChar) + 1)];
        return folder.Length == 0 ? "." : folder;
    }

    /// <summary>The files that match, each once, in ordinal order.</summary>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        var segments = pattern.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        return [.. Walk(Path.IsPathRooted(pattern) ? "/" : "", segments).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Walk(string folder, ReadOnlyMemory<string> segments)
    {
        var segment = segments.Span[0];
        var rest = segments[1..];
        if (segment == "**")
        {
            return Walk(folder, rest.IsEmpty ? Everything : rest)
                .Concat(Entries(folder, "*", folders: true)
                    // A link to a folder above would never end.
                    .Where(sub => !File.GetAttributes(sub).HasFlag(FileAttributes.ReparsePoint))
                    .SelectMany(sub => Walk(sub, segments)));
        }

        IEnumerable<string> matches = segment.AsSpan().ContainsAny('*', '?') ? Entries(folder, segment, folders: !rest.IsEmpty) : [Path.Join(folder, segment)];
        return rest.IsEmpty ? matches.Where(File.Exists) : matches.Where(Directory.Exists).SelectMany(sub => Walk(sub, rest));
    }

    private static FileSystemEnumerable<string> Entries(string folder, string name, bool folders)
    {
        var hidden = name.StartsWith('.');
        return new(
            folder.Length == 0 ? "." : folder,
            (ref entry) => Path.Join(folder, entry.FileName),
            new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None })
        {
            ShouldIncludePredicate = (ref entry) => entry.IsDirectory == folders
                && (hidden || !entry.FileName.StartsWith("."))
                && FileSystemName.MatchesSimpleExpression(name, entry.FileName, ignoreCase: false),
        };
    }
}
