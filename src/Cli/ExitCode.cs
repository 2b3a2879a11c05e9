namespace DipPipeline.Cli;

/// <summary>What the process returns; documented, so scripts may rely on it.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong usage or bad input.</summary>
    public const int Refused = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;
}
