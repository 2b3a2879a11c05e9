using DipPipeline.Contracts.Tasks;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests;

/// <summary>One watched folder, <c>watch/pictures</c>, looked at by hand, with a clock that stands still.</summary>
internal sealed class WatchedBench : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public WatchedBench(TaskDescriptor? task = null, WatchedFolderOptions? options = null)
    {
        Directory.CreateDirectory(_files.At("watch/pictures"));
        // Files have the machine's time.
        Time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        options ??= new WatchedFolderOptions();
        options.Path = "pictures";
        options.Task = (task ?? FixtureTasks.Denoise).Id;
        var folders = FolderPlan.Make(
            new WatcherOptions { Folders = [options] }, new() { Inputs = _files.At("watch"), Results = _files.At("restored") }, FixtureTasks.Known(_files), out var errors);
        Assert.Empty(errors);
        Folder = Assert.Single(folders);
        Examination = Another();
    }

    public FakeTimeProvider Time { get; }

    public WatchedFolder Folder { get; }

    public SourceIndex Sources { get; } = new();

    public FolderHints Hints { get; } = new();

    public LogLines Log { get; } = new();

    public FolderExamination Examination { get; }

    /// <summary>As after a restart that knows what the catalogue knows.</summary>
    public FolderExamination Another() => new(Folder, Trees.LocalWith(Log), Sources, Hints, Time, Log);

    public string At(string relative) => _files.At("watch/pictures/" + relative);

    /// <summary>A file that was written just now.</summary>
    public string Fresh(string relative, string content = "picture") => Fresh(relative, System.Text.Encoding.UTF8.GetBytes(content));

    public string Fresh(string relative, byte[] content)
    {
        var path = _files.Write("watch/pictures/" + relative, content);
        File.SetLastWriteTimeUtc(path, Time.GetUtcNow().UtcDateTime);
        return path;
    }

    /// <summary>A file that was written an hour ago.</summary>
    public string Old(string relative, string content = "picture") => Old(relative, System.Text.Encoding.UTF8.GetBytes(content));

    public string Old(string relative, byte[] content)
    {
        var path = Fresh(relative, content);
        File.SetLastWriteTimeUtc(path, Time.GetUtcNow().UtcDateTime.AddHours(-1));
        return path;
    }

    /// <summary>Looks everything through, and takes what was found as entered.</summary>
    public SourceLook[] Scan() => Taken(Examination.Everything());

    /// <summary>Looks at what is due, and at the names given.</summary>
    public SourceLook[] Look(params string[] names)
    {
        foreach (var name in names)
        {
            Hints.Add(Path.GetDirectoryName(name) ?? "", Path.GetFileName(name));
        }

        return Taken(Examination.Hinted(Hints.Take(out _)));
    }

    /// <summary>The names of what was found, without the folder's.</summary>
    public static string[] Names(IEnumerable<SourceLook> looks) => [.. looks.Select(l => l.Picture.Path["pictures/".Length..]).Order(StringComparer.Ordinal)];

    public void Dispose() => _files.Dispose();

    private SourceLook[] Taken(IEnumerable<SourceLook> looks)
    {
        SourceLook[] found = [.. looks];
        foreach (var look in found)
        {
            Sources.End(look.Source, look.Fingerprint);
        }

        return found;
    }
}
