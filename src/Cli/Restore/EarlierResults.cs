using System.Text.Json;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Restore;

/// <summary>
/// Tells results of earlier calls from pictures, so that a pattern does not restore them again: what lies in the output folder,
/// unless the pattern itself begins there, and by its name or its metrics what lies elsewhere:
/// <c>NAME.curve.png</c>, <c>NAME.preview.jpg</c>, and <c>NAME.json</c> with its <c>NAME.png</c>.
/// </summary>
internal sealed class EarlierResults(string pattern, string output)
{
    // With a curve of a hundred points a document has 15 kB: what is larger is no metrics and not worth reading.
    private const long LongestMetrics = 1 << 20;

    private readonly string? _output = Inside(RealPath.Of(PicturePattern.Begins(pattern)), RealPath.Of(output)) ? null : RealPath.Of(output);

    public bool Contains(string path) => (_output is not null && Inside(RealPath.Of(path), _output)) || Path.GetExtension(path) switch
    {
        ".json" => IsMetrics(path),
        ".png" => path.EndsWith(".curve.png", StringComparison.Ordinal) || IsMetrics(Path.ChangeExtension(path, ".json")),
        ".jpg" => path.EndsWith(".preview.jpg", StringComparison.Ordinal),
        _ => false,
    };

    private static bool Inside(string path, string folder) =>
        path == folder || path.StartsWith(folder.EndsWith('/') ? folder : folder + '/', StringComparison.Ordinal);

    /// <summary>Whether the file is a metrics document, of any version, and of the picture beside it.</summary>
    private static bool IsMetrics(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: > 0 and <= LongestMetrics })
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("jobId", out _)
                && root.TryGetProperty("output", out var picture) && picture.ValueKind == JsonValueKind.Object
                && picture.TryGetProperty("path", out var name) && name.ValueKind == JsonValueKind.String
                && Path.GetFileName(name.GetString()) == Path.ChangeExtension(Path.GetFileName(path), ".png");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return false; // Somebody else's file, which says nothing of ours.
        }
    }
}
