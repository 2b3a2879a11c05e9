namespace DipPipeline.Watcher;

/// <summary>The names in one folder.</summary>
/// <param name="folder">The watched folder.</param>
/// <param name="relative">Relative to it; empty for itself.</param>
/// <param name="stamp">One of the files as it stands; <see langword="null"/> where there is none any more, or a link that leads out.</param>
internal sealed class FolderListing(WatchedFolder folder, string relative, Func<string, FileStamp?> stamp)
{
    /// <summary>Relative to the watched folder; empty for itself.</summary>
    public string Relative => relative;

    /// <summary>Files, and links to files; none that is to be left alone.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Folders that are to be looked through; no links.</summary>
    public List<string> Folders { get; } = [];

    /// <summary>Whether there is anything at all, whatever it is.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Whether the folder says something about the pictures below it.</summary>
    public bool HasOptions { get; private set; }

    /// <summary>One of the files as it stands; <see langword="null"/> where there is none any more, or a link that leads out.</summary>
    public FileStamp? Stamp(string name) => stamp(name);

    public void AddFile(string name)
    {
        IsEmpty = false;
        if (!PicturePatterns.IsIgnored(name) || name == OptionsFile.OfFolder)
        {
            HasOptions |= name == OptionsFile.OfFolder;
            Files.Add(name);
        }
    }

    public void AddFolder(string name)
    {
        IsEmpty = false;
        if (!PicturePatterns.IsIgnored(name) && !folder.Apart.Contains(WatchedFolder.Join(relative, name)))
        {
            Folders.Add(name);
        }
    }

    /// <summary>Something that is left alone, whatever its name.</summary>
    public void AddOther() => IsEmpty = false;
}
