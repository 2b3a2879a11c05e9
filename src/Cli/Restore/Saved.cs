using System.Security.Cryptography;
using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>What earlier calls left of a job: its result, or a checkpoint to go on from.</summary>
internal static class Saved
{
    /// <summary>The metrics of the job's result, where that is whole: of this very job and this engine, its picture unchanged since.</summary>
    public static RestorationMetrics? Result(RestorationRequest request)
    {
        var paths = new OutputPaths(request.PicturePath, request.OutputFolder);
        if (!new[] { paths.Metrics, paths.Picture, paths.Curve, paths.Preview }.All(File.Exists))
        {
            return null;
        }

        try
        {
            var metrics = RestorationMetrics.Parse(File.ReadAllText(paths.Metrics));
            return metrics.EngineVersion == EngineVersion.Current && metrics.JobId == Job(request) && metrics.Output.Sha256 == Sha256(paths.Picture) ? metrics : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null; // Not a result of ours, or none that can be trusted: the job is done again, and says so if it cannot be.
        }
    }

    /// <summary>Whether <c>--resume</c> would find a checkpoint.</summary>
    public static bool HasCheckpoint(RestorationRequest request)
    {
        try
        {
            return Job(request) is { } job
                && new OutputPaths(request.PicturePath, request.OutputFolder).State(job) is var state
                && Directory.Exists(state) && Directory.EnumerateFiles(state, "*.zip").Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // What cannot be read cannot be gone on from.
        }
    }

    // Nothing to hash may be a pipe, which would have us wait.
    private static string? Job(RestorationRequest request) =>
        request.CompanionPaths.Values.Prepend(request.PicturePath).All(path => File.Exists(path) && !FileKind.IsSpecial(path))
            ? PictureRestorer.JobOf(request)
            : null;

    private static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
