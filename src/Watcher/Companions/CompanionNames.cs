using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Watcher;

/// <summary>
/// Which files belong to which picture: <c>photo.mask.png</c> to <c>photo.jpg</c>, and to every other <c>photo.*</c>. A file so
/// named is never a picture of a task that has such a companion.
/// </summary>
internal sealed class CompanionNames(TaskDescriptor task)
{
    private readonly (string Name, string Suffix)[] _suffixes = [.. task.Companions.Select(c => (c.Name, $".{c.Name}.png"))];

    public bool IsCompanion(string file) => _suffixes.Any(s => IsOf(file, s.Suffix));

    /// <summary>The name that a picture has when this is a companion or options file of it, its extension aside.</summary>
    public string? StemOf(string file) =>
        file.EndsWith(OptionsFile.Suffix, StringComparison.Ordinal) ? file[..^OptionsFile.Suffix.Length]
        : _suffixes.FirstOrDefault(s => IsOf(file, s.Suffix)).Suffix is { } suffix ? file[..^suffix.Length]
        : null;

    /// <summary>Name and file of each companion that is there.</summary>
    public IEnumerable<(string Name, string File)> Of(string picture, HashSet<string> files)
    {
        var stem = Path.GetFileNameWithoutExtension(picture);
        foreach (var (name, suffix) in _suffixes)
        {
            foreach (var file in (string[])[stem + suffix, stem + suffix[..^4] + ".PNG"])
            {
                if (files.Contains(file))
                {
                    yield return (name, file);
                    break;
                }
            }
        }
    }

    private static bool IsOf(string file, string suffix) => file.Length > suffix.Length
        && file.AsSpan(0, file.Length - 4).EndsWith(suffix.AsSpan(0, suffix.Length - 4), StringComparison.Ordinal)
        && (file.EndsWith(".png", StringComparison.Ordinal) || file.EndsWith(".PNG", StringComparison.Ordinal));
}
