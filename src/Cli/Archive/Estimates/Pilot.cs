using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Restoration;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>Restores a few pictures as a Host would, and keeps nothing but how long that took.</summary>
internal sealed class Pilot(IArtifactStore inputs, LoadTask load, RestorePicture restore, string device, TimeProvider time)
{
    // What the first restoration of a process takes longer, it takes once: one that is no longer than this is done again.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(10);

    private bool _isWarm;

    public PilotPicture Run(SampledPicture picture, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("dip-pilot-").FullName;
        try
        {
            var request = RequestAsync(picture, folder, stop).GetAwaiter().GetResult();
            var seconds = Time(request, stop);
            if (!_isWarm && seconds < s_warmUp.TotalSeconds)
            {
                seconds = Time(request, stop);
            }

            _isWarm = true;
            return new(picture.Row.Path, picture.Settings.Task.Id, picture.Width, picture.Height, seconds);
        }
        // A picture that went away or cannot be read meanwhile costs the others nothing.
        catch (Exception refused) when (refused is RefusedException or IOException or UnauthorizedAccessException or StorageUnavailableException or ArtifactPathException)
        {
            return new(picture.Row.Path, picture.Settings.Task.Id, picture.Width, picture.Height, null, refused.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private double Time(RestorationRequest request, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        restore(request, _ => { }, _ => { }, stop);
        return time.GetElapsedTime(began).TotalSeconds;
    }

    private async Task<RestorationRequest> RequestAsync(SampledPicture picture, string folder, CancellationToken stop)
    {
        var companions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var companion in picture.Settings.Task.Companions)
        {
            if (await CompanionAsync(picture.Row.Path, picture.Row.Mask, companion, stop).ConfigureAwait(false) is { } path)
            {
                companions.Add(companion.Name, await FetchAsync(path, Path.Join(folder, companion.Name), stop).ConfigureAwait(false));
            }
        }

        return new RestorationRequest
        {
            PicturePath = await FetchAsync(picture.Row.Path, Path.Join(folder, "picture"), stop).ConfigureAwait(false),
            Plugin = load(picture.Settings.Task.Id),
            Preset = picture.Settings.PresetName,
            Options = picture.Settings.Effective,
            CompanionPaths = companions,
            OutputFolder = Path.Join(folder, "restored"),
            Seed = picture.Settings.Settings.Seed,
            Device = device,
        };
    }

    private async Task<string?> CompanionAsync(string picture, string? mask, CompanionDescriptor companion, CancellationToken stop)
    {
        if (mask is not null && companion.Name == ManifestColumns.Mask)
        {
            return mask;
        }

        foreach (var path in CompanionFiles.Of(picture, companion.Name))
        {
            if (await inputs.FindAsync(path, stop).ConfigureAwait(false) is not null)
            {
                return path;
            }
        }

        return null;
    }

    private async Task<string> FetchAsync(string path, string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Join(folder, Path.GetFileName(path));
        await inputs.ReadAsync(
            path,
            from =>
            {
                using var to = File.Create(file);
                from.CopyTo(to);
            },
            stop).ConfigureAwait(false);
        return file;
    }
}
