using DipPipeline.Contracts;
using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>Messages are not trusted: what leads out of the storage or contradicts the task is refused before any work.</summary>
internal static class MessageCheck
{
    /// <exception cref="RefusedException">One sentence that says which path leads where it must not.</exception>
    public static void Paths(RestoreImage message)
    {
        foreach (var path in message.Companions.Values.Select(c => c.Path).Prepend(message.Picture.Path).Append(message.Output).Append(message.JobId))
        {
            Path(path);
        }

        if (!message.Output.EndsWith(".png", StringComparison.Ordinal) || message.Output.Split('/')[0] == ArtifactPath.StateFolder)
        {
            throw new RefusedException($"The output '{message.Output}' is no restored picture's path; accepted: one that ends in .png, outside of '{ArtifactPath.StateFolder}'.");
        }
    }

    /// <returns>The job's effective options.</returns>
    /// <exception cref="RefusedException">One sentence that says what is wrong.</exception>
    public static OptionSet Options(RestoreImage message, TaskDescriptor task)
    {
        if (message.Companions.Keys.FirstOrDefault(name => task.Companions.All(c => c.Name != name)) is { } stranger)
        {
            throw new RefusedException($"Task '{task.Id}' takes no companion '{stranger}'.");
        }

        var options = OptionResolver.Resolve(task, message.Preset, message.Options);
        var derived = JobId.Derive(
            message.Picture.Sha256, message.Companions.Select(c => KeyValuePair.Create(c.Key, c.Value.Sha256)), task.Id, task.Version, options, message.Seed);
        return derived == message.JobId ? options
            : throw new RefusedException($"The job's id '{message.JobId}' is not the one of its contents, '{derived}': the message was changed, or made by another version.");
    }

    private static void Path(string path)
    {
        try
        {
            ArtifactPath.Check(path);
        }
        catch (ArtifactPathException e)
        {
            throw new RefusedException(e.Message, e);
        }
    }
}
