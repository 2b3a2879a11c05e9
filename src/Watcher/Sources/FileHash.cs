using System.Buffers;
using System.Security.Cryptography;

namespace DipPipeline.Watcher;

/// <summary>SHA-256 of a file, with a buffer out of a pool.</summary>
internal static class FileHash
{
    private const int BufferBytes = 128 << 10;

    /// <inheritdoc cref="FileStamp.Read"/>
    public static string Of(FileStamp file, CancellationToken cancellation)
    {
        var sha256 = "";
        file.Read(stream => sha256 = Of(stream, cancellation));
        return sha256;
    }

    private static string Of(Stream file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var read = file.Read(buffer);
                if (read == 0)
                {
                    return Convert.ToHexStringLower(hash.GetHashAndReset());
                }

                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
