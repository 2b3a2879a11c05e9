namespace DipPipeline.Watcher.Tests;

internal static class Trees
{
    /// <summary>Folders, wherever they are.</summary>
    public static ISourceTree LocalWith(LogLines log) => new LocalTree("/", log);

    public static ISourceTree Local => LocalWith(new LogLines());
}
