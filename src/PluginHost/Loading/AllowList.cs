using System.Security.Cryptography;

namespace DipPipeline.PluginHost;

/// <summary>Which files may be loaded, by their SHA-256; an empty list allows every file.</summary>
internal sealed class AllowList(IEnumerable<string> hashes)
{
    private readonly HashSet<string> _hashes = new(hashes, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Why nothing may be loaded from the folder, or <see langword="null"/>. The whole folder is judged, since a library beside
    /// the plugin runs with the same trust; manifests and symbols hold no code.
    /// </summary>
    public string? Refusal(string folder) => _hashes.Count == 0 ? null : Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is not (".json" or ".pdb"))
        .Order(StringComparer.Ordinal)
        .Select(file => (File: file, Hash: Hash(file)))
        .Where(f => !_hashes.Contains(f.Hash))
        .Select(f => $"'{Path.GetRelativePath(folder, f.File)}' has SHA-256 {f.Hash}, which the list of allowed hashes does not name.")
        .FirstOrDefault();

    private static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
