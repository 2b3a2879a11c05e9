using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Engine.Imaging;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>What is too large is refused before anything is claimed, copied or decoded.</summary>
internal sealed class SizeCheck(PipelineStorage storage, IOptions<HostOptions> options)
{
    private readonly HostOptions _options = options.Value;

    /// <exception cref="RefusedException">One sentence that names the file, what it has, and what would be accepted.</exception>
    public async Task CheckAsync(RestoreImage message, CancellationToken cancellation)
    {
        SourceFile[] sources = [message.Picture, .. message.Companions.Values];
        foreach (var source in sources)
        {
            CheckBytes(source);
        }

        foreach (var source in sources)
        {
            await CheckPixelsAsync(source, cancellation).ConfigureAwait(false);
        }
    }

    // The message's length, of which no more is copied: a file of another length is another file than the job's.
    private void CheckBytes(SourceFile source)
    {
        if (source.Length > _options.MaximumBytes)
        {
            throw new RefusedException(
                $"'{source.Path}' has {source.Length:N0} bytes; at most {_options.MaximumBytes:N0} bytes would be accepted (Host:MaximumBytes).");
        }
    }

    private async Task CheckPixelsAsync(SourceFile source, CancellationToken cancellation)
    {
        try
        {
            await storage.Inputs.ReadAsync(source.Path, file =>
            {
                // What comes in one piece has its header read once it is copied. Whoever fetches another file says that it changed.
                if (file.CanSeek && file.Length == source.Length)
                {
                    CheckPixels(source, file);
                }
            }, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return; // Whoever fetches it has more to say.
        }
    }

    private void CheckPixels(SourceFile source, Stream file)
    {
        PictureHeader header;
        try
        {
            header = PictureReader.Probe(source.Path, file);
        }
        catch (RefusedException)
        {
            return; // The engine says what is wrong with it.
        }

        var pixels = (long)header.Width * header.Height;
        if (pixels <= _options.MaximumPixels)
        {
            return;
        }

        // Nor are other bytes of the same length any fault of the job's.
        file.Position = 0;
        if (HashingCopy.Sha256(file, Stream.Null, source.Length) == source.Sha256)
        {
            throw new RefusedException(
                $"'{source.Path}' has {header.Width}×{header.Height} = {pixels:N0} pixels; at most {_options.MaximumPixels:N0} pixels would be accepted (Host:MaximumPixels).");
        }
    }
}
