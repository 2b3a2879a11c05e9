using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Commands;

/// <summary>Why a command left a job alone.</summary>
internal static class Untouched
{
    public const string Unknown = "No job has this id.";

    public static string HasEnded(Job job) => $"It has ended already: {Word(job)}.";

    public static string HasNotFailed(Job job) => $"It is {Word(job)}; only a rejected, failed or cancelled job can be tried again.";

    public static string IsDisplaced(Job job) => $"Its output '{job.Output}' is a newer job's by now, and no picture wants its result.";

    public static string HasNoSource(Job job) => $"Its picture '{job.PicturePath}' is not there any more.";

    private static string Word(Job job) => job.State.ToString().ToLowerInvariant();
}
