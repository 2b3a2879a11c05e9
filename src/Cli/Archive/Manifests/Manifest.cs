using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Archive;

/// <summary>What a manifest is, told from its name.</summary>
internal static class Manifest
{
    private static readonly string[] s_jsonLines = [".jsonl", ".ndjson"];

    /// <param name="source">As typed.</param>
    /// <param name="task">Whose companions are no pictures of a folder.</param>
    /// <param name="results">The folder of results, which is no part of an archive.</param>
    /// <exception cref="RefusedException">It is none, or not there.</exception>
    public static IManifest Open(string source, TaskDescriptor? task, string results) => source switch
    {
        _ when source.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) => throw new RefusedException(
            $"'{source}' is a prefix of an object store, which this version cannot list; accepted: a folder, or a manifest (.csv, .tsv, .jsonl, .ndjson) of the paths below it."),
        _ when Directory.Exists(source) => new FolderManifest(source, task, results),
        _ when !File.Exists(source) => throw new RefusedException($"'{source}' does not exist; accepted: a manifest (.csv, .tsv, .jsonl, .ndjson) or a folder of pictures."),
        _ when s_jsonLines.Contains(Path.GetExtension(source), StringComparer.OrdinalIgnoreCase) => new JsonLinesManifest(source),
        _ when Path.GetExtension(source).ToLowerInvariant() is ".csv" or ".tsv" => new CsvManifest(source),
        _ => throw new RefusedException($"'{source}' is no manifest by its name; accepted: .csv or .tsv (with a header), .jsonl or .ndjson (an object a line), or a folder."),
    };
}
