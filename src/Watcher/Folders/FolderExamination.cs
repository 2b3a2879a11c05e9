using System.Collections.Concurrent;
using DipPipeline.Contracts.Tasks;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Looks at a folder, and finds the pictures that stand still, are whole, and are not in the catalogue as they stand. Used by one
/// thread, <see cref="Return"/> aside.
/// </summary>
internal sealed class FolderExamination(WatchedFolder folder, SourceIndex sources, FolderHints hints, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan s_readAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_busyAgain = TimeSpan.FromSeconds(1);

    private readonly CompanionNames _companions = new(folder.Task);
    private readonly FolderOptions _options = new(folder);
    private readonly InnerLinks _links = new(folder, log);
    private readonly WaitingSources _waiting = new(folder.StabilityWindow, time);
    private readonly ConcurrentQueue<(SourceLook Look, string Reason)> _unreadable = new();
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);
    private bool _hadContent;

    public WatchedFolder Folder => folder;

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
        return hinted.SelectMany(h => h.Value is { } names ? Names(h.Key, names) : Below(h.Key, isWhole: false));
    }

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

        var (at, name) = Split(look.Picture.Path);
        hints.Add(at, name);
    }

    /// <summary>A picture that somebody says is to be entered now, wherever it stands; what they say wins over every file.</summary>
    /// <param name="relative">Relative to the watched folder.</param>
    /// <param name="source">What the catalogue is to know it by.</param>
    /// <param name="submission">What they say.</param>
    /// <returns><see langword="null"/> where there is no such picture.</returns>
    public SourceLook? Submitted(string relative, string source, OptionLayer submission)
    {
        var (at, name) = SplitName(relative);
        if (List(at) is not { } listing || !listing.Files.Contains(name) || Stamp(listing, name) is not { } picture)
        {
            return null;
        }

        var companions = CompanionsOf(listing, name);
        var options = WithPicturesOwn(WithOwn(OptionsAbove(at), listing), listing, name);
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
        if (picture.Length == 0)
        {
            return look with { Rejection = $"'{picture.Path}' is empty (0 bytes); accepted: a picture." };
        }

        if (Missing(look) is { } missing)
        {
            return look with { Rejection = LacksSentence(look, missing) };
        }

        var (effective, rejection) = _options.Resolve(options, submission);
        return look with { Options = effective, Rejection = rejection };
    }

    private IEnumerable<SourceLook> Below(string top, bool isWhole)
    {
        var queue = new Queue<(string Folder, IReadOnlyList<FileStamp> Options)>();
        queue.Enqueue((top, OptionsAbove(top)));
        while (queue.TryDequeue(out var next))
        {
            var listing = List(next.Folder);
            if (isWhole && next.Folder.Length == 0)
            {
                CheckLoss(listing);
            }

            if (listing is null)
            {
                continue;
            }

            var options = WithOwn(next.Options, listing);
            foreach (var name in listing.Files)
            {
                if (IsPicture(listing, name) && Look(listing, name, options) is { } look)
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
        if (List(at) is not { } listing)
        {
            yield break;
        }

        // A companion or an options file is looked at with the pictures it belongs to.
        var stems = names.Select(_companions.StemOf).OfType<string>().ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var options = WithOwn(OptionsAbove(at), listing);
        foreach (var name in listing.Files)
        {
            if ((names.Contains(name) || stems.Contains(Path.GetFileNameWithoutExtension(name.AsSpan()))) && IsPicture(listing, name)
                && Look(listing, name, options) is { } look)
            {
                yield return look;
            }
        }

        foreach (var gone in names.Where(n => !listing.Files.Contains(n)))
        {
            _waiting.Remove(folder.InputPath(WatchedFolder.Join(at, gone)));
        }
    }

    private SourceLook? Look(FolderListing listing, string name, IReadOnlyList<FileStamp> options)
    {
        var relative = WatchedFolder.Join(listing.Relative, name);
        var path = folder.InputPath(relative);
        if (Stamp(listing, name) is not { } picture)
        {
            _waiting.Remove(path);
            return null;
        }

        var companions = CompanionsOf(listing, name);
        options = WithPicturesOwn(options, listing, name);
        FileStamp[] others = [.. companions.Values, .. options];
        var fingerprint = Fingerprint.Of(_options.Configuration, picture, others);
        var known = sources.Known(path);
        var unreadable = fingerprint.In("unreadable");
        if (known == fingerprint || (known == unreadable && !CanRead([picture, .. others])))
        {
            _waiting.Remove(path);
            return null;
        }

        if (known == unreadable)
        {
            _waiting.Remove(path); // It has been; now it is not.
        }

        var rival = Rival(listing, name, path, fingerprint);
        if (rival is not null && known == fingerprint.In(rival))
        {
            return null;
        }

        if (!_waiting.IsStable(path, listing.Relative, name, fingerprint, others.Append(picture).Max(f => f.Modified)))
        {
            return null;
        }

        if (sources.IsBusy(path))
        {
            // It was sent on its way as it stood before, or as it stands: the next look tells.
            _waiting.Add(path, listing.Relative, name, fingerprint).Due = time.GetUtcNow() + s_busyAgain;
            return null;
        }

        var look = new SourceLook
        {
            Found = this,
            Source = path,
            Task = folder.Task.Id,
            PluginVersion = folder.Task.Version,
            Picture = picture,
            Companions = companions,
            Fingerprint = fingerprint,
            Output = WatchedFolder.Join(folder.Output, WatchedFolder.Join(listing.Relative, OutputNames.OfPicture(name))),
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

        return look is not null && sources.TryBegin(path) ? look : null;
    }

    private Dictionary<string, FileStamp> CompanionsOf(FolderListing listing, string name)
    {
        var companions = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
        foreach (var (companion, file) in _companions.Of(name, listing.Files))
        {
            if (Stamp(listing, file) is { } stamp)
            {
                companions.Add(companion, stamp);
            }
        }

        return companions;
    }

    private IReadOnlyList<FileStamp> WithPicturesOwn(IReadOnlyList<FileStamp> options, FolderListing listing, string name)
    {
        var file = Path.GetFileNameWithoutExtension(name) + OptionsFile.Suffix;
        return listing.Files.Contains(file) && Stamp(listing, file) is { } own ? [.. options, own] : options;
    }

    private SourceLook? WithOptions(SourceLook look, IReadOnlyList<FileStamp> options)
    {
        try
        {
            var (effective, rejection) = _options.Resolve(options);
            return look with { Options = effective, Rejection = rejection };
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
        if (Missing(look) is not { } missing)
        {
            return null;
        }

        // A companion that was taken away after the picture was entered takes nothing back.
        if (known?.Picture == look.Fingerprint.Picture)
        {
            return "";
        }

        var now = time.GetUtcNow();
        var waiting = _waiting.Add(look.Picture.Path, at, name, look.Fingerprint);
        waiting.LackingSince ??= now;
        var due = waiting.LackingSince.Value + folder.CompanionTimeout;
        if (now < due)
        {
            waiting.Due = due;
            return "";
        }

        waiting.Due = null;
        return LacksSentence(look, missing);
    }

    private CompanionDescriptor? Missing(SourceLook look) =>
        folder.Task.Companions.FirstOrDefault(c => c.Required && !look.Companions.ContainsKey(c.Name) && !(c.AlphaSubstitutes && HasAlpha(look)));

    private static string LacksSentence(SourceLook look, CompanionDescriptor missing) =>
        $"'{look.Picture.Path}' has no {missing.Name}; put '{Path.GetFileNameWithoutExtension(look.Picture.Path)}.{missing.Name}.png' beside it"
        + (missing.AlphaSubstitutes ? ", or give a picture with an alpha channel." : ".");

    private static bool HasAlpha(SourceLook look)
    {
        try
        {
            return AlphaHeader.IsIn(look.Picture.Location);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // Hashing it will fail in the same way, and says so.
        }
    }

    /// <summary>The picture beside it that has its results' names, where that one came first.</summary>
    private string? Rival(FolderListing listing, string name, string path, Fingerprint fingerprint)
    {
        foreach (var (rival, isShorter) in OutputNames.Rivals(name))
        {
            if (!listing.Files.Contains(rival) || !IsPicture(listing, rival))
            {
                continue;
            }

            var known = sources.Known(path);
            var isRefused = known?.Rest == fingerprint.In(rival).Rest;
            var rivalCameFirst = known is null && (isShorter || sources.Known(folder.InputPath(WatchedFolder.Join(listing.Relative, rival))) is not null);
            if (isRefused || rivalCameFirst)
            {
                return rival;
            }
        }

        return null;
    }

    private string? IsUnreadableForLong(string path) =>
        _waiting.Find(path) is { UnreadableSince: { } since } waiting && time.GetUtcNow() - since >= folder.UnreadableTimeout ? waiting.UnreadableReason : null;

    private void TakeUnreadable()
    {
        while (_unreadable.TryDequeue(out var returned))
        {
            NoteUnreadable(returned.Look, returned.Reason);
        }
    }

    private void NoteUnreadable(SourceLook look, string reason)
    {
        var (at, name) = Split(look.Picture.Path);
        var waiting = _waiting.Add(look.Picture.Path, at, name, look.Fingerprint);
        var now = time.GetUtcNow();
        waiting.UnreadableSince ??= now;
        waiting.UnreadableReason = reason;
        var last = waiting.UnreadableSince.Value + folder.UnreadableTimeout;
        waiting.Due = last > now && last < now + s_readAgain ? last : now + s_readAgain;
    }

    private static bool CanRead(IEnumerable<FileStamp> files)
    {
        try
        {
            foreach (var file in files)
            {
                using var opened = FileHash.Open(file.Location);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // As before: it has been said.
        }
    }

    private bool IsPicture(FolderListing listing, string name) =>
        !_companions.IsCompanion(name) && folder.Pictures.IsPicture(WatchedFolder.Join(listing.Relative, name)) && name != OptionsFile.OfFolder;

    private FileStamp? Stamp(FolderListing listing, string name)
    {
        var location = listing.Location(name);
        var isLink = listing.IsLink(name);
        return isLink && !_links.Allows(location) ? null
            : FileStamp.Of(folder.InputPath(WatchedFolder.Join(listing.Relative, name)), location, isLink);
    }

    private IReadOnlyList<FileStamp> WithOwn(IReadOnlyList<FileStamp> above, FolderListing listing) =>
        listing.HasOptions && Stamp(listing, OptionsFile.OfFolder) is { } own ? [.. above, own] : above;

    // Those of the folders on the way down, the folder's own not among them.
    private List<FileStamp> OptionsAbove(string at)
    {
        var found = new List<FileStamp>();
        for (var end = at.Length == 0 ? -1 : 0; end >= 0; end = at.IndexOf('/', end + 1))
        {
            var relative = WatchedFolder.Join(at[..end], OptionsFile.OfFolder);
            var location = Path.Join(folder.Root, relative);
            var isLink = new FileInfo(location).LinkTarget is not null;
            if ((!isLink || _links.Allows(location)) && FileStamp.Of(folder.InputPath(relative), location, isLink) is { } file)
            {
                found.Add(file);
            }
        }

        return found;
    }

    private FolderListing? List(string at)
    {
        try
        {
            var listing = FolderListing.Read(folder, at);
            _closed.Remove(at);
            return listing;
        }
        catch (DirectoryNotFoundException)
        {
            return null; // Gone since it was hinted at, or listed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_closed.Add(at))
            {
                Log.FolderClosed(log, Path.Join(folder.Root, at), e.Message);
            }

            return null;
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

    // A path within the inputs as a folder within the watched one, and a name in it.
    private (string Folder, string Name) Split(string path)
    {
        return SplitName(folder.Path.Length == 0 ? path : path[(folder.Path.Length + 1)..]);
    }

    private static (string Folder, string Name) SplitName(string relative)
    {
        var end = relative.LastIndexOf('/');
        return end < 0 ? ("", relative) : (relative[..end], relative[(end + 1)..]);
    }
}
