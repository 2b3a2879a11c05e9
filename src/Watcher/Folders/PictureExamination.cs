using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>Looks at one picture of a watched folder: whether it stands still, is whole, and is not in the catalogue as it stands.</summary>
internal sealed class PictureExamination(FolderExamination examination, FolderFiles files, SourceIndex sources, WaitingSources waiting, TimeProvider time)
{
    private static readonly TimeSpan s_readAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_busyAgain = TimeSpan.FromSeconds(1);

    private readonly WatchedFolder _folder = examination.Folder;
    private readonly FolderOptions _options = new(examination.Folder);

    /// <param name="listing">The folder it lies in.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="options">The options files of the folders above and of this one.</param>
    /// <returns><see langword="null"/> where there is nothing to do now.</returns>
    public SourceLook? Look(FolderListing listing, string name, IReadOnlyList<FileStamp> options)
    {
        var relative = WatchedFolder.Join(listing.Relative, name);
        var path = _folder.InputPath(relative);
        if (listing.Stamp(name) is not { } picture)
        {
            waiting.Remove(path);
            return null;
        }

        var companions = files.CompanionsOf(listing, name);
        options = FolderFiles.WithPicturesOwn(options, listing, name);
        FileStamp[] others = [.. companions.Values, .. options];
        var fingerprint = Fingerprint.Of(_options.Configuration, picture, others);
        var known = sources.Known(path);
        var unreadable = fingerprint.In("unreadable");
        if (known == fingerprint || (known == unreadable && !CanRead([picture, .. others])))
        {
            waiting.Remove(path);
            return null;
        }

        if (known == unreadable)
        {
            waiting.Remove(path); // It has been; now it is not.
        }

        var rival = Rival(listing, name, path, fingerprint);
        if (rival is not null && known == fingerprint.In(rival))
        {
            return null;
        }

        if (!waiting.IsStable(path, listing.Relative, name, fingerprint, others.Append(picture).Max(f => f.Modified)))
        {
            return null;
        }

        if (sources.IsBusy(path))
        {
            // It was sent on its way as it stood before, or as it stands: the next look tells.
            waiting.Add(path, listing.Relative, name, fingerprint).Due = time.GetUtcNow() + s_busyAgain;
            return null;
        }

        var look = new SourceLook
        {
            Found = examination,
            Source = path,
            Task = _folder.Task.Id,
            PluginVersion = _folder.Task.Version,
            Picture = picture,
            Companions = companions,
            Fingerprint = fingerprint,
            Output = WatchedFolder.Join(_folder.Output, WatchedFolder.Join(listing.Relative, OutputNames.OfPicture(name))),
        };
        if (rival is not null)
        {
            // Its own output is the other's: the catalogue gets a name that nothing else can have.
            look = look with { Fingerprint = fingerprint.In(rival), Output = look.Output + ".png", Rejection = $"The results of '{path}' and of '{rival}' beside it would have the same names; rename one of them." };
        }
        else if (IsUnreadableForLong(path) is { } reason)
        {
            look = look with { Fingerprint = unreadable, Rejection = reason };
        }
        else if (OutputNames.Fault(path, look.Output) is { } fault)
        {
            look = look with { Output = OutputNames.OfRefused(_folder.Output, path), Rejection = fault };
        }
        else if (picture.Length == 0)
        {
            look = look with { Rejection = $"'{path}' is empty (0 bytes); accepted: a picture." };
        }
        else if (Lacks(look, listing.Relative, name, known) is not { } lacks)
        {
            look = WithOptions(look, options);
        }
        else if (lacks.Length == 0)
        {
            return null;
        }
        else
        {
            look = look with { Rejection = lacks };
        }

        return look is not null && sources.TryBegin(path, look.Fingerprint) ? look : null;
    }

    private SourceLook? WithOptions(SourceLook look, IReadOnlyList<FileStamp> options)
    {
        try
        {
            var (effective, rejection) = _options.Resolve(options);
            return look with { Options = effective, Rejection = rejection };
        }
        // No fault of the options': the next look finds them once the store is back.
        catch (StorageUnavailableException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NoteUnreadable(look, $"The options of '{look.Picture.Path}' cannot be read: {e.Message}");
            return null;
        }
    }

    /// <returns><see langword="null"/> for a picture that has all it needs, nothing for one that is waited for, else why it is refused.</returns>
    private string? Lacks(SourceLook look, string at, string name, Fingerprint? known)
    {
        if (RequiredCompanions.Missing(_folder.Task, look) is not { } missing)
        {
            return null;
        }

        // A companion that was taken away after the picture was entered takes nothing back.
        if (known?.Picture == look.Fingerprint.Picture)
        {
            return "";
        }

        var now = time.GetUtcNow();
        var source = waiting.Add(look.Picture.Path, at, name, look.Fingerprint);
        source.LackingSince ??= now;
        var due = source.LackingSince.Value + _folder.CompanionTimeout;
        if (now < due)
        {
            source.Due = due;
            return "";
        }

        source.Due = null;
        return RequiredCompanions.Sentence(look, missing);
    }

    /// <summary>The picture beside it that has its results' names, where that one came first.</summary>
    private string? Rival(FolderListing listing, string name, string path, Fingerprint fingerprint)
    {
        foreach (var (rival, isShorter) in OutputNames.Rivals(name))
        {
            if (!listing.Files.Contains(rival) || !files.IsPicture(listing, rival))
            {
                continue;
            }

            var known = sources.Known(path);
            var isRefused = known?.Rest == fingerprint.In(rival).Rest;
            var rivalCameFirst = known is null && (isShorter || sources.Known(_folder.InputPath(WatchedFolder.Join(listing.Relative, rival))) is not null);
            if (isRefused || rivalCameFirst)
            {
                return rival;
            }
        }

        return null;
    }

    private string? IsUnreadableForLong(string path) =>
        waiting.Find(path) is { UnreadableSince: { } since } source && time.GetUtcNow() - since >= _folder.UnreadableTimeout ? source.UnreadableReason : null;

    /// <summary>The picture, or what belongs to it, cannot be read now.</summary>
    public void NoteUnreadable(SourceLook look, string reason)
    {
        var (at, name) = _folder.Split(look.Picture.Path);
        var source = waiting.Add(look.Picture.Path, at, name, look.Fingerprint);
        var now = time.GetUtcNow();
        source.UnreadableSince ??= now;
        source.UnreadableReason = reason;
        var last = source.UnreadableSince.Value + _folder.UnreadableTimeout;
        source.Due = last > now && last < now + s_readAgain ? last : now + s_readAgain;
    }

    private static bool CanRead(IEnumerable<FileStamp> files)
    {
        try
        {
            foreach (var file in files)
            {
                file.Read(_ => { });
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageUnavailableException)
        {
            return false; // As before: it has been said.
        }
    }
}
