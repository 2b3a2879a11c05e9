using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>
/// Reads the picture of a row, and what belongs to it, and makes its entry. By the store, so that it is the same wherever the inputs
/// are; options files beside the pictures do not count: what the manifest was checked for is what is done.
/// </summary>
internal sealed class RowReader(IArtifactStore inputs)
{
    /// <returns>The entry; <see langword="null"/> where the picture changed as it was read, and is to be looked at again.</returns>
    /// <exception cref="StorageUnavailableException">The inputs are away.</exception>
    public async Task<JobEntry?> ReadAsync(PendingRow row, RowRecipe recipe, CancellationToken cancellation)
    {
        if (recipe.Refusal is { } refusal)
        {
            return Refused(row, recipe, refusal);
        }

        var at = row.Row.Path;
        try
        {
            if (await HashAsync(at, cancellation).ConfigureAwait(false) is not { } picture)
            {
                return null;
            }

            if (picture.Length == 0)
            {
                return Refused(row, recipe, $"'{at}' is empty (0 bytes); accepted: a picture.");
            }

            var companions = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
            foreach (var companion in recipe.Task!.Companions)
            {
                if (await CompanionAsync(row.Row, companion, cancellation).ConfigureAwait(false) is not { } path)
                {
                    // Whether its alpha stands in for it, the Host says, who decodes it.
                    if (companion is { Required: true, AlphaSubstitutes: false })
                    {
                        return Refused(row, recipe, $"'{row.Row.Path}' has no {companion.Name}; put '{CompanionFiles.Of(row.Row.Path, companion.Name).First()}' beside it.");
                    }

                    continue;
                }

                at = path;
                if (await HashAsync(path, cancellation).ConfigureAwait(false) is not { } file)
                {
                    return null;
                }

                companions.Add(companion.Name, file);
            }

            return Entry(row, recipe, picture, companions);
        }
        catch (FileNotFoundException)
        {
            return !await inputs.HasFilesAsync(cancellation).ConfigureAwait(false)
                // So looks a mount that was lost: a million rows must not be rejected for it.
                ? throw new StorageUnavailableException(inputs.Describe(at), new IOException("no file at all is there."))
                : Refused(row, recipe, $"'{at}' is not there; looked for as '{inputs.Describe(at)}'.");
        }
        catch (ArtifactPathException e)
        {
            return Refused(row, recipe, e.Message);
        }
        catch (UnauthorizedAccessException e)
        {
            return await IsShutAsync(cancellation).ConfigureAwait(false)
                ? throw new StorageUnavailableException(inputs.Describe(at), e)
                : Refused(row, recipe, $"'{at}' cannot be read: this user may not read it.");
        }
        catch (PathTooLongException)
        {
            return Refused(row, recipe, $"'{at}' is longer than the storage takes names.");
        }
    }

    // A key that was revoked, a mount of another user's: no fault of a million rows.
    private async Task<bool> IsShutAsync(CancellationToken cancellation)
    {
        try
        {
            return !await inputs.HasFilesAsync(cancellation).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>The entry of a row that is refused.</summary>
    public static JobEntry Refused(PendingRow row, RowRecipe recipe, string reason) => new()
    {
        SourcePath = row.Row.Path,
        Fingerprint = "row",
        JobId = $"{Fingerprint.Hash($"{row.Row.Path}\n{row.Row.Output}\n{row.Settings.Task}"):x16}{Fingerprint.Hash(reason):x16}",
        Task = row.Settings.Task,
        PluginVersion = recipe.Task?.Version ?? "",
        Preset = recipe.Options?.Preset ?? "",
        Options = recipe.Options?.Values ?? new Dictionary<string, string>(),
        Seed = row.Settings.Seed,
        Picture = new SourceFile(row.Row.Path, "", 0),
        Output = row.Row.Output,
        Priority = row.Row.Priority,
        Row = row.Key,
        Retry = row.Retry,
        Refusal = reason,
    };

    private async Task<string?> CompanionAsync(ManifestRow row, CompanionDescriptor companion, CancellationToken cancellation)
    {
        if (row.Mask is { } mask && companion.Name == ManifestMask)
        {
            return mask;
        }

        foreach (var path in CompanionFiles.Of(row.Path, companion.Name))
        {
            if (await IsThereAsync(path, cancellation).ConfigureAwait(false))
            {
                return path;
            }
        }

        return null;
    }

    private async Task<bool> IsThereAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await inputs.FindAsync(path, cancellation).ConfigureAwait(false) is not null;
        }
        // Its picture's name fits, and no file can have this one.
        catch (PathTooLongException)
        {
            return false;
        }
    }

    private const string ManifestMask = "mask";

    /// <returns><see langword="null"/> for one that changed meanwhile.</returns>
    private async Task<SourceFile?> HashAsync(string path, CancellationToken cancellation)
    {
        var before = await inputs.FindAsync(path, cancellation).ConfigureAwait(false) ?? throw new FileNotFoundException(null, path);
        var (sha256, length) = ("", 0L);
        await inputs.ReadAsync(
            path,
            stream =>
            {
                // Counted, as the length of a link is not that of what it leads to.
                using var counted = new CountedBytes();
                sha256 = HashingCopy.Sha256(stream, counted);
                length = counted.Count;
            },
            cancellation).ConfigureAwait(false);
        return await inputs.FindAsync(path, cancellation).ConfigureAwait(false) == before ? new SourceFile(path, sha256, length) : null;
    }

    private static JobEntry Entry(PendingRow row, RowRecipe recipe, SourceFile picture, Dictionary<string, SourceFile> companions)
    {
        var options = recipe.Options!;
        return new JobEntry
        {
            SourcePath = row.Row.Path,
            Fingerprint = "row",
            JobId = JobId.Derive(
                picture.Sha256, companions.Select(c => KeyValuePair.Create(c.Key, c.Value.Sha256)), recipe.Task!.Id, recipe.Task.Version, options.Options, options.Seed),
            Task = recipe.Task.Id,
            PluginVersion = recipe.Task.Version,
            Preset = options.Preset,
            Options = options.Values,
            Seed = options.Seed,
            Picture = picture,
            Companions = companions,
            Output = row.Row.Output,
            Priority = row.Row.Priority,
            Row = row.Key,
            Retry = row.Retry,
        };
    }
}
