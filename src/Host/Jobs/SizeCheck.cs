using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Engine.Imaging;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>What is too large is refused before anything is claimed, copied or decoded, whatever its message says of it.</summary>
internal sealed class SizeCheck(PipelineStorage storage, IOptions<HostOptions> options)
{
    private readonly HostOptions _options = options.Value;

    /// <exception cref="RefusedException">One sentence that names the file, what it has, and what would be accepted.</exception>
    public async Task CheckAsync(RestoreImage message, CancellationToken cancellation)
    {
        SourceFile[] sources = [message.Picture, .. message.Companions.Values];
        foreach (var source in sources)
        {
            CheckBytes(source.Path, source.Length);
        }

        foreach (var source in sources)
        {
            await CheckAsync(source, cancellation).ConfigureAwait(false);
        }
    }

    public static RefusedException TooManyBytes(string path, string found, long most) =>
        new($"'{path}' has {found} bytes; at most {most:N0} bytes would be accepted (Host:MaximumBytes).");

    private async Task CheckAsync(SourceFile source, CancellationToken cancellation)
    {
        try
        {
            await storage.Inputs.ReadAsync(source.Path, file =>
            {
                // What comes in one piece is measured as it is copied, and its header read then.
                if (file.CanSeek)
                {
                    CheckBytes(source.Path, file.Length);
                    CheckPixels(source, file);
                }
            }, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return; // Whoever fetches it has more to say.
        }
    }

    private void CheckBytes(string path, long length)
    {
        if (length > _options.MaximumBytes)
        {
            throw TooManyBytes(path, $"{length:N0}", _options.MaximumBytes);
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

        // Other bytes than the message's are no fault of the job's: whoever fetches them says that they changed.
        file.Position = 0;
        if (HashingCopy.Sha256(file, Stream.Null, _options.MaximumBytes) == source.Sha256)
        {
            throw new RefusedException(
                $"'{source.Path}' has {header.Width}×{header.Height} = {pixels:N0} pixels; at most {_options.MaximumPixels:N0} pixels would be accepted (Host:MaximumPixels).");
        }
    }
}
