using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>A picture that somebody says is to be entered now, wherever it stands; what they say wins over every file.</summary>
internal sealed class SubmittedPicture(WatchedFolder folder, ISourceTree tree, ILogger log)
{
    private readonly FolderFiles _files = new(folder, tree, log);
    private readonly FolderOptions _options = new(folder);

    /// <param name="relative">Relative to the watched folder.</param>
    /// <param name="source">What the catalogue is to know it by.</param>
    /// <param name="submission">What they say.</param>
    /// <returns><see langword="null"/> where there is no such picture.</returns>
    /// <exception cref="StorageUnavailableException">The storage is away.</exception>
    public SourceLook? Look(string relative, string source, OptionLayer submission)
    {
        var (at, name) = WatchedFolder.SplitName(relative);
        if (_files.List(at) is not { } listing || !listing.Files.Contains(name) || listing.Stamp(name) is not { } picture)
        {
            return _files.Away is { } away ? throw away : null;
        }

        var above = _files.OptionsAbove(at) ?? throw (Exception?)_files.Away ?? new IOException("the options of its folders cannot be read now.");
        var companions = _files.CompanionsOf(listing, name);
        var options = FolderFiles.WithPicturesOwn(FolderFiles.WithFoldersOwn(above, listing), listing, name);
        var look = new SourceLook
        {
            Source = source,
            Task = folder.Task.Id,
            PluginVersion = folder.Task.Version,
            Picture = picture,
            Companions = companions,
            // As the folder would find it: then it leaves it at that.
            Fingerprint = Fingerprint.Of(_options.Configuration, picture, [.. companions.Values, .. options]),
            Output = WatchedFolder.Join(folder.Output, WatchedFolder.Join(at, OutputNames.OfPicture(name))),
        };
        if (OutputNames.Fault(picture.Path, look.Output) is { } fault)
        {
            return look with { Output = OutputNames.OfRefused(folder.Output, picture.Path), Rejection = fault };
        }

        if (picture.Length == 0)
        {
            return look with { Rejection = $"'{picture.Path}' is empty (0 bytes); accepted: a picture." };
        }

        if (RequiredCompanions.Missing(folder.Task, look) is { } missing)
        {
            return look with { Rejection = RequiredCompanions.Sentence(look, missing) };
        }

        var (effective, rejection) = _options.Resolve(options, submission);
        return look with { Options = effective, Rejection = rejection };
    }
}
