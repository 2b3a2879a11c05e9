using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Entry;
using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>From a look at a picture to what is entered of it.</summary>
internal static class Hashing
{
    /// <exception cref="StorageUnavailableException">The storage is away, and nobody looks at the picture again but who submitted it.</exception>
    /// <returns>The entry, or why there is none: the sentence of a file that cannot be read, or <see langword="null"/> for one that changes.</returns>
    public static (JobEntry? Entry, string? Unreadable) Read(SourceLook look, CancellationToken cancellation)
    {
        if (look.Rejection is { } rejection)
        {
            return (Refused(look, rejection), null);
        }

        var at = look.Picture;
        try
        {
            var picture = Hash(at, cancellation);
            var companions = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
            foreach (var (name, file) in look.Companions)
            {
                at = file;
                companions.Add(name, Hash(file, cancellation));
            }

            return look.Companions.Values.Prepend(look.Picture).All(f => f.IsCurrent()) ? (Entry(look, picture, companions), null) : (null, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, null);
        }
        // No fault of the picture's: its folder looks at it again, and finds it once the store is back.
        catch (StorageUnavailableException) when (look.Found is not null)
        {
            return (null, null);
        }
        catch (StorageUnavailableException e) when (look.IsLastTry)
        {
            return (Refused(look, $"'{at.Path}' cannot be read: {Reason(e)}"), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"'{at.Path}' cannot be read: {Reason(e)}");
        }
    }

    /// <summary>The entry of a picture that is refused.</summary>
    public static JobEntry Refused(SourceLook look, string reason) => new()
    {
        SourcePath = look.Source,
        Fingerprint = look.Fingerprint.ToString(),
        // The same refusal of the same picture is the same job.
        JobId = $"{Fingerprint.Hash($"{look.Source}\n{look.Task}"):x16}{Fingerprint.Hash(reason):x16}",
        Task = look.Task,
        PluginVersion = look.PluginVersion,
        Preset = look.Options?.Preset ?? "",
        Options = look.Options?.Values ?? new Dictionary<string, string>(),
        Seed = look.Options?.Seed ?? 0,
        Picture = new SourceFile(look.Picture.Path, "", look.Picture.Length),
        Output = look.Output,
        Refusal = reason,
    };

    private static JobEntry Entry(SourceLook look, SourceFile picture, Dictionary<string, SourceFile> companions)
    {
        var options = look.Options!;
        return new JobEntry
        {
            SourcePath = look.Source,
            Fingerprint = look.Fingerprint.ToString(),
            JobId = JobId.Derive(
                picture.Sha256, companions.Select(c => KeyValuePair.Create(c.Key, c.Value.Sha256)), look.Task, look.PluginVersion, options.Options, options.Seed),
            Task = look.Task,
            PluginVersion = look.PluginVersion,
            Preset = options.Preset,
            Options = options.Values,
            Seed = options.Seed,
            Picture = picture,
            Companions = companions,
            Output = look.Output,
            Priority = options.Priority,
        };
    }

    private static SourceFile Hash(FileStamp file, CancellationToken cancellation) => new(file.Path, FileHash.Of(file, cancellation), file.Length);

    private static string Reason(Exception e) => e is UnauthorizedAccessException ? "this user may not read it." : e.Message;
}
