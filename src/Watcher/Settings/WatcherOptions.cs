namespace DipPipeline.Watcher;

/// <summary>Section <c>Watcher</c>: which folders are watched, and how. Where pictures are and results go is section <c>Storage</c>.</summary>
public sealed class WatcherOptions
{
    public const string Section = "Watcher";

    /// <summary>
    /// The watched folders. Default: for every task a folder of its name directly under <c>Storage:Inputs</c>, made at start when absent.
    /// </summary>
    public IList<WatchedFolderOptions> Folders { get; set; } = [];

    /// <summary>The folder of plugins, whose manifests say which tasks there are. Default: what <c>DIP_PLUGINS</c> says, else the nearest <c>plugins</c> in or above the program's folder.</summary>
    public string? Plugins { get; set; }

    /// <summary>How often every folder is looked through, whatever events said. Default 60 seconds.</summary>
    public TimeSpan RescanInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The same for folders in polling mode, which have nothing but this. Default 5 seconds.</summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a picture's size and time must stand still before it is taken. Default 2 seconds.</summary>
    public TimeSpan StabilityWindow { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a picture waits for a companion that its task requires; then it is rejected, until the companion comes. Default 10 minutes.</summary>
    public TimeSpan CompanionTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a file that cannot be read is tried again; then it is rejected, until it can be read. A row of an archive run, or a submission: at
    /// least so long, and 60 times so long while nothing else is read. Default 1 minute.
    /// </summary>
    public TimeSpan UnreadableTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often jobs are looked for that were published and never heard of again. Default 60 seconds.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a published job must have been silent, while the queue is empty, to be published again. Default 60 seconds.</summary>
    public TimeSpan SilentAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a published job must have been silent, whatever is in the queue, to be published again: since jobs were begun that were
    /// published after it, or while no Host shows signs of working on it. At least <see cref="ReconcileInterval"/>. Default 2 minutes.
    /// </summary>
    public TimeSpan LostAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Messages kept at the broker for each slot of a live Host. Default 4.</summary>
    public int MessagesPerSlot { get; set; } = 4;

    /// <summary>Messages kept at the broker however few slots there are. Default 16.</summary>
    public int MinimumOutstanding { get; set; } = 16;

    /// <summary>
    /// Rows of archive runs that are hashed and entered ahead of the publisher; twice what is kept at the broker where that is more. The
    /// rest of a run is known by its paths alone. Default 200.
    /// </summary>
    public int RowsAhead { get; set; } = 200;

    /// <summary>Files hashed at the same time. Default: one for each core, four at most.</summary>
    public int Readers { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 4);
}

/// <summary>One watched folder.</summary>
public sealed class WatchedFolderOptions
{
    /// <summary>Relative to <c>Storage:Inputs</c>; <c>.</c> is all of it. A folder within another one is this one's alone.</summary>
    public string Path { get; set; } = "";

    /// <summary>The task of its pictures. Default: the folder's name.</summary>
    public string? Task { get; set; }

    /// <summary>Default: the task's own.</summary>
    public string? Preset { get; set; }

    /// <summary>Option names and values; a picture's own files win over them.</summary>
    public IDictionary<string, string> Options { get; set; } = new Dictionary<string, string>();

    /// <summary>The jobs' seed. Default 0.</summary>
    public long? Seed { get; set; }

    /// <summary>Higher is sooner. Default 0.</summary>
    public int? Priority { get; set; }

    /// <summary>Patterns of the pictures, relative to the folder, in any case: <c>**/*.png</c>. Default: png, jpg, jpeg, tif, tiff, webp and bmp at any depth.</summary>
    public IList<string> Include { get; set; } = [];

    /// <summary>Patterns of what is left alone. Default: none.</summary>
    public IList<string> Exclude { get; set; } = [];

    /// <summary>Where its results go, relative to <c>Storage:Results</c>. Default: the folder's own path.</summary>
    public string? Output { get; set; }

    /// <summary>Whether the system's file events are used; polling where they never come (NFS, SMB), and always in a store. Default <see cref="WatchMode.Event"/>.</summary>
    public WatchMode Mode { get; set; } = WatchMode.Event;

    /// <summary>
    /// Default: <see cref="WatcherOptions.StabilityWindow"/>; in a store, whose objects are whole as soon as they are listed, none: there it
    /// gives companions that are sent after their picture the time to come.
    /// </summary>
    public TimeSpan? StabilityWindow { get; set; }

    /// <summary>Default: <see cref="WatcherOptions.CompanionTimeout"/>.</summary>
    public TimeSpan? CompanionTimeout { get; set; }
}

/// <summary>How a folder's changes become known.</summary>
public enum WatchMode
{
    /// <summary>By file events, and by looking it through now and then.</summary>
    Event,

    /// <summary>By looking it through often.</summary>
    Polling,
}
