using System.ComponentModel.DataAnnotations;

namespace DipPipeline.Storage;

/// <summary>Section <c>Storage</c>: where pictures are and results go, each a folder or <c>s3://BUCKET/PREFIX</c>. The same for the Watcher and every Host.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>The root of the pictures; watched folders and the paths in messages are relative to it. Read only. Default <c>watch</c>.</summary>
    [Required(ErrorMessage = "Storage:Inputs is empty; accepted: a folder, or s3://BUCKET/PREFIX.")]
    public string Inputs { get; set; } = "watch";

    /// <summary>The root of the results, and of the state of running jobs under <c>.dip/</c>. Default <c>restored</c>.</summary>
    [Required(ErrorMessage = "Storage:Results is empty; accepted: a folder, or s3://BUCKET/PREFIX.")]
    public string Results { get; set; } = "restored";

    /// <summary>How long one operation may take with all its retries; then the job is deferred. Default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Storage:TotalTimeout is outside of 1 second to 1 hour.")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one attempt of an operation may take. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "Storage:AttemptTimeout is outside of 1 second to 1 hour.")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Retries of an operation that failed for a reason that may pass. Default 8: about a minute in all.</summary>
    [Range(0, 100, ErrorMessage = "Storage:Retries is {0}; accepted: 0 to 100.")]
    public int Retries { get; set; } = 8;

    /// <summary>The wait before the first retry; it doubles, with jitter, up to 15 seconds. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00", ErrorMessage = "Storage:RetryDelay is outside of 1 ms to 1 minute.")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);
}
