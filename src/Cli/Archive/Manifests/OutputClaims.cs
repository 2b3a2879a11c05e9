using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Cli.Archive;

/// <summary>Which row writes which output. A million of them take some 50 MB: paths are known by their hashes.</summary>
internal sealed class OutputClaims
{
    private readonly Dictionary<UInt128, int> _lines = [];

    /// <returns>The line of the row that writes a file of this one's; <see langword="null"/> where there was none.</returns>
    public int? Claim(string output, int line)
    {
        if (!_lines.TryAdd(Key(output), line))
        {
            return _lines[Key(output)];
        }

        // photo.png has its curve at photo.curve.png, which may not be another's picture.
        var (own, other) = (new ResultFiles(output).Curve, output.EndsWith(ResultFiles.CurveSuffix, StringComparison.Ordinal) ? output[..^ResultFiles.CurveSuffix.Length] + ResultFiles.Png : null);
        return _lines.TryGetValue(Key(own), out var at) || (other is not null && _lines.TryGetValue(Key(other), out at)) ? at : null;
    }

    private static UInt128 Key(string output)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(output), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
