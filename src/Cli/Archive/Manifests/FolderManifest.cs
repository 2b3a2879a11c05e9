using System.IO.Enumeration;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// The pictures in and below a folder, by name, folder after folder. Left out are what is hidden or unfinished, masks of the task, links
/// to folders, and the folder of results.
/// </summary>
/// <param name="folder">As it was named.</param>
/// <param name="task">Whose companions are no pictures; <see langword="null"/> where none was named.</param>
/// <param name="results">The folder of results.</param>
internal sealed class FolderManifest(string folder, TaskDescriptor? task, string results) : IManifest
{
    private readonly string _results = Storage.RealPath.Of(results);
    private readonly PictureNames _names = new(task);

    public string Name => folder;

    public IEnumerable<WrittenRow> Rows() => Pictures(Path.GetFullPath(folder)).Select((path, i) => new WrittenRow { Line = i + 1, Path = path });

    public IReadOnlyList<KeyValuePair<string, string>> Options(string text) => throw new NotSupportedException("A folder has no options of its own.");

    private IEnumerable<string> Pictures(string at)
    {
        var entries = Entries(at).OrderBy(e => e.Name, StringComparer.Ordinal).ToList();
        return entries.Where(e => !e.IsFolder && _names.IsPicture(e.Name)).Select(e => Path.Join(at, e.Name))
            .Concat(entries.Where(e => e.IsFolder).Select(e => Path.Join(at, e.Name)).Where(below => Storage.RealPath.Of(below) != _results).SelectMany(Pictures));
    }

    private static List<(string Name, bool IsFolder)> Entries(string at)
    {
        try
        {
            return
            [
                .. new FileSystemEnumerable<(string, bool)>(at, (ref FileSystemEntry e) => (e.FileName.ToString(), e.IsDirectory), new() { AttributesToSkip = 0 })
                {
                    ShouldIncludePredicate = (ref FileSystemEntry e) =>
                        !PictureNames.IsLeftOut(e.FileName) && !(e.IsDirectory && (e.Attributes & FileAttributes.ReparsePoint) != 0),
                },
            ];
        }
        // An archive with a part left out without a word would be worse than none.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The folder '{at}' cannot be looked through: {Failure.Sentence(e)}", e);
        }
    }
}
