using System.ComponentModel.DataAnnotations;

namespace DipPipeline.Host;

/// <summary>Section <c>Host</c>: how this worker works.</summary>
public sealed class HostOptions
{
    public const string Section = "Host";

    /// <summary>How the Host is called in attempts and logs. Default: the machine's name and the process id.</summary>
    public string Name { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>
    /// Jobs at the same time. Default 0: one on the CPU; on each GPU as many of the default network at 1,024×1,024 as its memory holds, four
    /// at most, and no more than there are cores for. CPU threads are shared out over the slots, and a GPU's memory over its own.
    /// </summary>
    [Range(0, 64, ErrorMessage = "Host:Slots is outside of 0 to 64; 0 lets the Host choose.")]
    public int Slots { get; set; }

    /// <summary><c>auto</c> (every GPU, else the CPU), <c>cpu</c> or <c>cuda:0</c>.</summary>
    [RegularExpression("^(auto|cpu|cuda|cuda:(0|[1-9][0-9]?))$", ErrorMessage = "Host:Device is none of auto, cpu, or a CUDA device such as cuda:0.")]
    public string Device { get; set; } = "auto";

    /// <summary>CPU threads of all slots together. Default 0: one per core.</summary>
    [Range(0, 1024, ErrorMessage = "Host:Threads is outside of 0 to 1024; 0 takes one per core.")]
    public int Threads { get; set; }

    /// <summary>The folder of plugins; empty finds it as <c>dip</c> does (DIP_PLUGINS, else the nearest <c>plugins</c>).</summary>
    public string Plugins { get; set; } = "";

    /// <summary>SHA-256 of the plugin files that may load, separated by commas; empty allows every one.</summary>
    public string AllowedPlugins { get; set; } = "";

    /// <summary>A folder for files of running jobs, fast and private to this process's user. Default: the system's.</summary>
    public string Scratch { get; set; } = Path.GetTempPath();

    /// <summary>Pictures and companions with more bytes are rejected before they are copied. Default 2 GiB.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Host:MaximumBytes must be at least 1.")]
    public long MaximumBytes { get; set; } = 2L << 30;

    /// <summary>
    /// Pictures whose header says more pixels are rejected before any work; only then is all of the file read, for its hash: another
    /// picture than the message's is none of the job's. Default 100 million.
    /// </summary>
    [Range(1, long.MaxValue, ErrorMessage = "Host:MaximumPixels must be at least 1.")]
    public long MaximumPixels { get; set; } = 100_000_000;

    /// <summary>
    /// How long a message is held: then the job is written down, published again and acknowledged. Must lie below the broker's
    /// consumer time-out (30 minutes by default). Default 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Host:MaxHold is outside of 1 second to 1 day.")]
    public TimeSpan MaxHold { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between checkpoints. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00", ErrorMessage = "Host:CheckpointInterval is outside of 100 ms to 1 hour.")]
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Starts in a row that end in a crash without a newer checkpoint, until the job is failed. Default 3.</summary>
    [Range(1, 100, ErrorMessage = "Host:MaxAttempts is outside of 1 to 100.")]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Time between signs of life in storage. Default 2 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00", ErrorMessage = "Host:ClaimBeat is outside of 50 ms to 10 minutes.")]
    public TimeSpan ClaimBeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a claim's sign of life must stand still until its owner counts as dead. More than a network file system caches names:
    /// mount NFS with <c>actimeo</c> below it. Default 15 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "01:00:00", ErrorMessage = "Host:ClaimStaleAfter is outside of 200 ms to 1 hour.")]
    public TimeSpan ClaimStaleAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a redelivered message waits for the end of another Host that still works on its job; then it goes back to the queue.
    /// Default 2 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Host:ClaimPatience is outside of 0 to 1 hour.")]
    public TimeSpan ClaimPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>From SIGTERM to the end of the process: running jobs are written down and given back. Default 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Host:StopTimeout is outside of 1 second to 1 hour.")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// From when on an iteration counts as hung, if it takes twenty times as long as any before it: the Host calls itself dead, and the
    /// job's claim gives no more signs of life, so that another Host takes it over. More than <c>Storage:TotalTimeout</c>, which a
    /// checkpoint may take. Default 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00", ErrorMessage = "Host:StallAfter is outside of 10 seconds to 1 day.")]
    public TimeSpan StallAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Ends the process once it has been idle, and the queue empty, for so long; <see langword="null"/> never. <c>--drain</c> sets it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Host:DrainAfter is outside of 0 to 1 day.")]
    public TimeSpan? DrainAfter { get; set; }

    /// <summary>State of jobs that nobody has touched for so long is removed. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00", ErrorMessage = "Host:OrphansAfter is outside of 1 hour to 365 days.")]
    public TimeSpan OrphansAfter { get; set; } = TimeSpan.FromDays(7);
}
