using System.Security.Cryptography;

namespace DipPipeline.Storage;

/// <summary>Copies bytes and hashes them on their way, so that what was hashed is what was copied.</summary>
public static class HashingCopy
{
    /// <returns>The SHA-256, in lower case.</returns>
    public static string Sha256(Stream from, Stream to) => Sha256(from, to, long.MaxValue)!;

    /// <returns>The SHA-256, in lower case; <see langword="null"/> where there are more bytes than <paramref name="most"/>, of which no more are copied.</returns>
    public static string? Sha256(Stream from, Stream to, long most)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 << 10];
        for (int read; (read = from.Read(buffer)) > 0; most -= read)
        {
            if (read > most)
            {
                return null;
            }

            hash.AppendData(buffer, 0, read);
            to.Write(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
