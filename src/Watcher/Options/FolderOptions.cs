using DipPipeline.Contracts;

namespace DipPipeline.Watcher;

/// <summary>The options of the pictures of one folder: files are read once for as long as they stand.</summary>
internal sealed class FolderOptions(WatchedFolder folder)
{
    // Pictures with a file of their own each would otherwise be remembered for ever.
    private const int Most = 1000;

    private readonly Dictionary<string, (EffectiveOptions? Options, string? Rejection)> _resolved = new(StringComparer.Ordinal);

    /// <summary>What every fingerprint begins with: task, version, and all that the configuration says.</summary>
    public ulong Configuration { get; } = Fingerprint.Hash(string.Join('\n', Lines(folder)));

    /// <param name="files">The options files that apply, the farthest first.</param>
    /// <returns>The options, or the sentence that says what is wrong with a file.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public (EffectiveOptions? Options, string? Rejection) Resolve(IReadOnlyList<FileStamp> files)
    {
        var key = string.Join('\n', files.Select(f => $"{f.Path}\t{f.Length}\t{f.Mark}"));
        if (_resolved.TryGetValue(key, out var resolved))
        {
            return resolved;
        }

        resolved = Read(files);
        if (_resolved.Count >= Most)
        {
            _resolved.Clear();
        }

        return _resolved[key] = resolved;
    }

    /// <summary>The same with what was said for one picture, which wins.</summary>
    /// <inheritdoc cref="Resolve(IReadOnlyList{FileStamp})"/>
    public (EffectiveOptions? Options, string? Rejection) Resolve(IReadOnlyList<FileStamp> files, OptionLayer nearest) => Read(files, nearest);

    private (EffectiveOptions?, string?) Read(IReadOnlyList<FileStamp> files, params IEnumerable<OptionLayer> nearest)
    {
        try
        {
            return (EffectiveOptions.Resolve(
                folder.Task, [folder.Configured, .. files.Select(f => OptionsFile.Read(f)), .. nearest]), null);
        }
        catch (RefusedException e)
        {
            return (null, e.Message);
        }
    }

    private static IEnumerable<string> Lines(WatchedFolder folder)
    {
        var effective = EffectiveOptions.Resolve(folder.Task, [folder.Configured]);
        return [$"{folder.Task.Id}@{folder.Task.Version}", effective.Preset, $"{effective.Seed}", $"{effective.Priority}", folder.Output,
            .. effective.Options.Values.Select(o => $"{o.Key}={o.Value}")];
    }
}
