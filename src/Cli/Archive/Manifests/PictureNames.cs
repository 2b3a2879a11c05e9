using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Archive;

/// <summary>Which files of a folder are pictures of an archive, told from their names: no masks of the task, nothing hidden.</summary>
/// <param name="task">Whose companions are no pictures; <see langword="null"/> where none was named.</param>
internal sealed class PictureNames(TaskDescriptor? task)
{
    private static readonly HashSet<string> s_pictures = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp" };

    private readonly string[] _companions = [.. task?.Companions.Select(c => $".{c.Name}.png") ?? []];

    public bool IsPicture(string name) => s_pictures.Contains(Path.GetExtension(name)) && !_companions.Any(c => name.EndsWith(c, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a file or folder is not even looked at.</summary>
    public static bool IsLeftOut(ReadOnlySpan<char> name) => name.StartsWith(".") || name.SequenceEqual("@eaDir");
}
