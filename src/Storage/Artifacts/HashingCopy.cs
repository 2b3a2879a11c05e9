using System.Security.Cryptography;

namespace DipPipeline.Storage;

/// <summary>Copies bytes and hashes them on their way, so that what was hashed is what was copied.</summary>
public static class HashingCopy
{
    /// <returns>The SHA-256, in lower case.</returns>
    public static string Sha256(Stream from, Stream to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 << 10];
        for (int read; (read = from.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            to.Write(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
