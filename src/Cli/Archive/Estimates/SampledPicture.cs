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
    /// <returns><see langword="null"/> for one that is no picture: it will be rejected at next to no cost.</returns>
    public static async Task<SampledPicture?> ProbeAsync(IArtifactStore inputs, ManifestRow row, CheckedSettings settings, CancellationToken cancellation)
    {
        PictureHeader? header = null;
        try
        {
            await inputs.ReadAsync(row.Path, stream => header = Probe(row.Path, stream), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RefusedException or FileNotFoundException or UnauthorizedAccessException or ArtifactPathException)
        {
            return null;
        }

        return new(row, settings, header!.Width, header.Height);
    }

    private static PictureHeader Probe(string path, Stream stream)
    {
        if (stream.CanSeek)
        {
            return PictureReader.Probe(path, stream);
        }

        using var whole = new MemoryStream();
        stream.CopyTo(whole);
        whole.Position = 0;
        return PictureReader.Probe(path, whole);
    }
}
