using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>A picture of the sample, and how large it is.</summary>
internal sealed record SampledPicture(ManifestRow Row, CheckedSettings Settings, int Width, int Height)
{
    public double Pixels => (double)Width * Height;

    /// <summary>By its header.</summary>
    /// <returns><see langword="null"/> for one that is no picture, or cannot be read: it will be rejected at next to no cost.</returns>
    /// <exception cref="StorageUnavailableException">The inputs are away.</exception>
    public static async Task<SampledPicture?> ProbeAsync(IArtifactStore inputs, ManifestRow row, CheckedSettings settings, CancellationToken cancellation)
    {
        try
        {
            if (await inputs.FindAsync(row.Path, cancellation).ConfigureAwait(false) is not { } file)
            {
                return null;
            }

            // On a thread that may wait: the header's reader asks for one part after the other.
            var header = await Task.Run(
                () =>
                {
                    using var bytes = new StoredBytes(inputs, file, cancellation);
                    return PictureReader.Probe(row.Path, bytes);
                },
                cancellation).ConfigureAwait(false);
            return new(row, settings, header.Width, header.Height);
        }
        // The last of them: it becomes shorter as it is read.
        catch (Exception e) when (e is RefusedException or FileNotFoundException or UnauthorizedAccessException or ArtifactPathException or EndOfStreamException)
        {
            return null;
        }
        catch (StorageUnavailableException)
        {
            if (await inputs.IsAwayAsync(cancellation).ConfigureAwait(false))
            {
                throw;
            }

            return null;
        }
    }
}
