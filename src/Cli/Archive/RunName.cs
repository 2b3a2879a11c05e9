using DipPipeline.Contracts;

namespace DipPipeline.Cli.Archive;

/// <summary>What a run may be called.</summary>
internal static class RunName
{
    private const int Longest = 64;

    /// <param name="given">As typed; <see langword="null"/> takes the manifest's.</param>
    /// <param name="source">The manifest, or folder.</param>
    /// <exception cref="RefusedException">It cannot be one.</exception>
    public static string Of(string? given, string source)
    {
        var name = given ?? NameOf(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        return name.Length is > 0 and <= Longest && char.IsLetterOrDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_')
            ? name
            : throw new RefusedException($"{(given is null ? $"The name of '{source}' makes the run's '{name}'" : $"--name is '{name}'")}; accepted: up to {Longest} letters, digits, '.', '-' and '_', a letter or digit first{(given is null ? ", with --name" : "")}.");
    }

    // Only a manifest has an extension: 'box.1' is all of a folder's name.
    private static string NameOf(string source) => File.Exists(source) ? Path.GetFileNameWithoutExtension(source) : Path.GetFileName(source);
}
