using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// The pictures below a prefix of the pipeline's store of pictures, by name, folder after folder, as <see cref="FolderManifest"/> has those
/// of a folder.
/// </summary>
/// <param name="source">As it was named.</param>
/// <param name="prefix">The same, relative to the inputs; empty for all of them.</param>
/// <param name="inputs">The store.</param>
/// <param name="task">Whose companions are no pictures; <see langword="null"/> where none was named.</param>
/// <param name="results">The results, relative to the inputs, where they lie below them; no part of an archive.</param>
/// <param name="stop">Gives up.</param>
internal sealed class StoreManifest(string source, string prefix, IArtifactStore inputs, TaskDescriptor? task, string? results, CancellationToken stop) : IManifest
{
    private readonly PictureNames _names = new(task);

    public string Name => source;

    public IEnumerable<WrittenRow> Rows() => Pictures(prefix).Select((path, i) => new WrittenRow { Line = i + 1, Path = path });

    public IReadOnlyList<KeyValuePair<string, string>> Options(string text) => throw new NotSupportedException("A prefix has no options of its own.");

    private IEnumerable<string> Pictures(string at)
    {
        var page = List(at);
        return page.Files.Where(f => f.Path[(f.Path.LastIndexOf('/') + 1)..] is var name && !PictureNames.IsLeftOut(name) && _names.IsPicture(name)).Select(f => f.Path).Order(StringComparer.Ordinal)
            .Concat(page.Folders.Where(name => !PictureNames.IsLeftOut(name)).Order(StringComparer.Ordinal).Select(name => at.Length == 0 ? name : $"{at}/{name}").Where(below => below != results).SelectMany(Pictures));
    }

    // An archive with a part left out without a word would be worse than none.
    private FolderPage List(string at)
    {
        try
        {
            return inputs.ListAsync(at, stop).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is StorageUnavailableException or UnauthorizedAccessException)
        {
            throw new RefusedException($"'{inputs.Describe(at)}' cannot be looked through: {(e is StorageUnavailableException ? e.InnerException : e)?.Message}", e);
        }
    }
}
