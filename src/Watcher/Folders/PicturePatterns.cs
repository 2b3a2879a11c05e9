using Microsoft.Extensions.FileSystemGlobbing;

namespace DipPipeline.Watcher;

/// <summary>Which names are pictures'.</summary>
internal sealed class PicturePatterns
{
    private static readonly HashSet<string> s_extensions = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp" };
    private static readonly HashSet<string> s_unfinished = new(StringComparer.OrdinalIgnoreCase) { ".part", ".tmp", ".crdownload" };

    private readonly Matcher? _matcher;

    public PicturePatterns(IEnumerable<string> include, IEnumerable<string> exclude)
    {
        string[] included = [.. include];
        string[] excluded = [.. exclude];
        if (included.Length + excluded.Length > 0)
        {
            _matcher = new Matcher(StringComparison.OrdinalIgnoreCase);
            _matcher.AddIncludePatterns(included.Length > 0 ? included : [.. s_extensions.Select(e => $"**/*{e}")]);
            _matcher.AddExcludePatterns(excluded);
        }
    }

    /// <summary>Whether a file or folder is left alone, and all in it: hidden, unfinished, or some system's own.</summary>
    public static bool IsIgnored(ReadOnlySpan<char> name) =>
        name.Length == 0 || name[0] == '.'
        || name.Equals("Thumbs.db", StringComparison.OrdinalIgnoreCase) || name.Equals("@eaDir", StringComparison.OrdinalIgnoreCase)
        || s_unfinished.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Path.GetExtension(name));

    /// <param name="relative">Relative to the watched folder.</param>
    public bool IsPicture(string relative) => _matcher is null
        ? s_extensions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Path.GetExtension(relative.AsSpan()))
        : _matcher.Match(relative).HasMatches;
}
