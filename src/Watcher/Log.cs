using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Folder} for task {Task}; its results go to {Output} below the results.")]
    public static partial void Watching(ILogger log, string folder, string task, string output);

    [LoggerMessage(Level = LogLevel.Information, Message = "This Watcher stands by: another one leads, or is about to.")]
    public static partial void StandsBy(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "This Watcher leads; {Sources} pictures are known.")]
    public static partial void Leads(ILogger log, int sources);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This Watcher leads no more, as the catalogue was out of reach; it stands by again.")]
    public static partial void LeadsNoMore(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "An error in {Work}; it is tried again.")]
    public static partial void WorkFailed(ILogger log, Exception error, string work);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The plugin of {Manifest} is left out: {Reason}")]
    public static partial void PluginLeftOut(ILogger log, string manifest, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The link {Link} is left alone: it leads out of the watched folder, to {Target}.")]
    public static partial void LinkRefused(ILogger log, string link, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder {Folder} cannot be looked through: {Reason}")]
    public static partial void FolderClosed(ILogger log, string folder, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watched folder {Folder} is gone, or empty of a sudden; nothing is forgotten, and it is looked at again.")]
    public static partial void FolderLost(ILogger log, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "The watched folder {Folder} is back.")]
    public static partial void FolderBack(ILogger log, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "File events of {Folder} were lost ({Reason}); they are asked for anew, and the folder is looked through.")]
    public static partial void EventsLost(ILogger log, string folder, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The system gives no file events of {Folder}; it is looked through every {Interval}: {Reason}")]
    public static partial void NoEvents(ILogger log, string folder, TimeSpan interval, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} pictures are entered.")]
    public static partial void Entered(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} rows of archive runs are entered.")]
    public static partial void RowsEntered(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Picture} of an archive run is put off, and tried again: {Reason}")]
    public static partial void RowPutOff(ILogger log, string picture, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} is put off, and tried again: {Reason}")]
    public static partial void SubmissionPutOff(ILogger log, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Picture} is refused: {Reason}")]
    public static partial void Refused(ILogger log, string picture, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} jobs are published.")]
    public static partial void Published(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} jobs that nothing was heard of are published again.")]
    public static partial void PublishedAgain(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} is to stop, up to generation {Generation}.")]
    public static partial void CancelSent(ILogger log, string jobId, int generation);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Original} is copied to {Output}.")]
    public static partial void Copied(ILogger log, string original, string output);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Original} cannot be copied to {Output}: {Reason}")]
    public static partial void CopyFailed(ILogger log, string original, string output, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Output} has a result of generation {There}, newer than generation {Copy} that was to be copied there; it stays.")]
    public static partial void NewerResult(ILogger log, string output, int there, int copy);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Output} is another generation's than {Copy} by now, which was to be copied there; that copy is not made.")]
    public static partial void OutdatedCopy(ILogger log, string output, int copy);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reason why there is no result for {Result} cannot be written beside it; it stands in the catalogue.")]
    public static partial void NoteFailed(ILogger log, Exception error, string result);
}
