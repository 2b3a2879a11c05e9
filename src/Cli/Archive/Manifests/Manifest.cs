using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>What a manifest is, told from its name.</summary>
internal static class Manifest
{
    private static readonly string[] s_jsonLines = [".jsonl", ".ndjson"];

    /// <param name="source">As typed.</param>
    /// <param name="task">Whose companions are no pictures of a folder.</param>
    /// <param name="places">The roots of pictures and results.</param>
    /// <param name="inputs">Opens the store of pictures, where it is needed.</param>
    /// <param name="stop">Ends the listing of a store.</param>
    /// <exception cref="RefusedException">It is none, or not there.</exception>
    public static IManifest Open(string source, TaskDescriptor? task, StorageOptions places, Func<IArtifactStore> inputs, CancellationToken stop) => source switch
    {
        _ when !StorageRoot.IsFolder(source) => OfStore(source, task, places, inputs, stop),
        _ when Directory.Exists(source) => new FolderManifest(source, task, places.Results),
        _ when !File.Exists(source) => throw new RefusedException($"'{source}' does not exist; accepted: a manifest (.csv, .tsv, .jsonl, .ndjson) or a folder of pictures."),
        _ when s_jsonLines.Contains(Path.GetExtension(source), StringComparer.OrdinalIgnoreCase) => new JsonLinesManifest(source),
        _ when Path.GetExtension(source).ToLowerInvariant() is ".csv" or ".tsv" => new CsvManifest(source),
        _ => throw new RefusedException($"'{source}' is no manifest by its name; accepted: .csv or .tsv (with a header), .jsonl or .ndjson (an object a line), or a folder."),
    };

    private static StoreManifest OfStore(string source, TaskDescriptor? task, StorageOptions places, Func<IArtifactStore> inputs, CancellationToken stop)
    {
        var root = StorageRoot.Place(places.Inputs, "");
        return !StorageRoot.IsFolder(places.Inputs) && Below(root, source.TrimEnd('/')) is { } prefix
            ? new StoreManifest(source, prefix, inputs(), task, Below(root, StorageRoot.Place(places.Results, "")), stop)
            : throw new RefusedException($"'{source}' does not lie in the pipeline's pictures, '{root}'; accepted: a prefix below it, which Storage__Inputs or --watch names.");
    }

    // Relative to the root; nothing for what lies elsewhere.
    private static string? Below(string root, string place) => place == root ? "" : place.StartsWith(root + "/", StringComparison.Ordinal) ? place[(root.Length + 1)..] : null;
}
