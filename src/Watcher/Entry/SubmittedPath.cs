namespace DipPipeline.Watcher;

/// <summary>
/// What the catalogue knows a submitted picture by that no watched folder has for the same task: <c>PATH@TASK</c>, so that one picture
/// can be submitted for several tasks, and is never taken for what a watched folder found.
/// </summary>
internal static class SubmittedPath
{
    private const char Separator = '@';

    public static string Of(string path, string task) => $"{path}{Separator}{task}";

    /// <summary>The picture and the task, where it is such a name. A file of that name would have no picture's extension.</summary>
    public static (string Path, string Task)? Parse(string source) =>
        source.LastIndexOf(Separator) is var at and > 0 && !source.AsSpan(at).ContainsAny('.', '/') ? (source[..at], source[(at + 1)..]) : null;

    /// <summary>The picture's own path.</summary>
    public static string Picture(string source) => Parse(source)?.Path ?? source;
}
