using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Looks at a folder, and finds the pictures that stand still, are whole, and are not in the catalogue as they stand. Used by one
/// thread, <see cref="Return"/> aside.
/// </summary>
internal sealed class FolderExamination(WatchedFolder folder, ISourceTree tree, SourceIndex sources, FolderHints hints, TimeProvider time, ILogger log, Action? beat = null)
{
    private readonly FolderFiles _files = new(folder, tree, log);
    private readonly WaitingSources _waiting = new(folder.StabilityWindow, time);
    private readonly ConcurrentQueue<(SourceLook Look, string Reason)> _unreadable = new();
    private PictureExamination? _pictures;
    private bool _hadContent;

    public WatchedFolder Folder => folder;

    private PictureExamination Pictures => _pictures ??= new(this, _files, sources, _waiting, time);

    /// <summary>When something is to be looked at without an event, if ever.</summary>
    public DateTimeOffset? Due => _waiting.Due;

    /// <summary>The folder is gone, or empty of a sudden: a lost mount. Nothing follows from it but another look.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The whole folder: the truth.</summary>
    public IEnumerable<SourceLook> Everything()
    {
        TakeUnreadable();
        return Below("", isWhole: true);
    }

    /// <summary>What was hinted at, and what is due.</summary>
    /// <param name="hinted">Folders with names in them, or with <see langword="null"/> for all below; changed.</param>
    public IEnumerable<SourceLook> Hinted(Dictionary<string, HashSet<string>?> hinted)
    {
        TakeUnreadable();
        _waiting.AddDue(hinted);
        foreach (var (at, names) in hinted)
        {
            foreach (var look in names is null ? Below(at, isWhole: false) : Names(at, names))
            {
                yield return look;
            }

            if (IsAway(at))
            {
                yield break;
            }
        }
    }

    // One folder that cannot be listed is left out; where the top cannot be either, each of the others would take minutes to say the same.
    private bool IsAway(string last) => _files.Away is not null && (last.Length == 0 || _files.List("") is null);

    /// <summary>Gives a look back that could not be entered.</summary>
    /// <param name="look">One of this folder's.</param>
    /// <param name="unreadable">Why it could not be read; <see langword="null"/> where it changed meanwhile.</param>
    public void Return(SourceLook look, string? unreadable)
    {
        if (unreadable is not null)
        {
            _unreadable.Enqueue((look, unreadable));
            hints.Wake();
            return;
        }

        var (at, name) = folder.Split(look.Picture.Path);
        hints.Add(at, name);
    }

    private IEnumerable<SourceLook> Below(string top, bool isWhole)
    {
        if (_files.OptionsAbove(top) is not { } above)
        {
            yield break;
        }

        var queue = new Queue<(string Folder, IReadOnlyList<FileStamp> Options)>();
        queue.Enqueue((top, above));
        while (queue.TryDequeue(out var next))
        {
            beat?.Invoke();
            var listing = _files.List(next.Folder);
            if (isWhole && next.Folder.Length == 0)
            {
                CheckLoss(listing);
            }

            if (IsAway(next.Folder))
            {
                yield break;
            }

            if (listing is null)
            {
                continue;
            }

            var options = FolderFiles.WithFoldersOwn(next.Options, listing);
            foreach (var name in listing.Files)
            {
                if (_files.IsPicture(listing, name) && Pictures.Look(listing, name, options) is { } look)
                {
                    yield return look;
                }
            }

            foreach (var inner in listing.Folders)
            {
                queue.Enqueue((WatchedFolder.Join(listing.Relative, inner), options));
            }
        }
    }

    private IEnumerable<SourceLook> Names(string at, HashSet<string> names)
    {
        if (_files.List(at) is not { } listing || _files.OptionsAbove(at) is not { } above)
        {
            yield break;
        }

        // A companion or an options file is looked at with the pictures it belongs to.
        var stems = names.Select(_files.Companions.StemOf).OfType<string>().ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var options = FolderFiles.WithFoldersOwn(above, listing);
        foreach (var name in listing.Files)
        {
            if ((names.Contains(name) || stems.Contains(Path.GetFileNameWithoutExtension(name.AsSpan()))) && _files.IsPicture(listing, name)
                && Pictures.Look(listing, name, options) is { } look)
            {
                yield return look;
            }
        }

        foreach (var gone in names.Where(n => !listing.Files.Contains(n)))
        {
            _waiting.Remove(folder.InputPath(WatchedFolder.Join(at, gone)));
        }
    }

    private void TakeUnreadable()
    {
        while (_unreadable.TryDequeue(out var returned))
        {
            Pictures.NoteUnreadable(returned.Look, returned.Reason);
        }
    }

    private void CheckLoss(FolderListing? root)
    {
        var isLost = root is null || (root.IsEmpty && _hadContent);
        if (isLost && !IsLost)
        {
            Log.FolderLost(log, folder.Root);
        }
        else if (!isLost && IsLost)
        {
            Log.FolderBack(log, folder.Root);
        }

        IsLost = isLost;
        _hadContent |= root is { IsEmpty: false };
    }
}
