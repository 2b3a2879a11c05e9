using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DipPipeline.Watcher;

/// <summary>
/// What a source looked like, without reading it: names, sizes and times (or a store's versions) of its files, the task's version, the configuration.
/// As long as it is the same there is nothing to do.
/// </summary>
/// <param name="Picture">Of the picture's own file.</param>
/// <param name="Rest">Of all else.</param>
internal readonly record struct Fingerprint(ulong Picture, ulong Rest)
{
    /// <param name="configuration">Task, version, and what the configuration says.</param>
    /// <param name="picture">The picture's file.</param>
    /// <param name="others">Companions and options files, in a fixed order.</param>
    public static Fingerprint Of(ulong configuration, FileStamp picture, IEnumerable<FileStamp> others)
    {
        var rest = configuration;
        foreach (var other in others)
        {
            rest = Hash([rest, Hash(other.Path), (ulong)other.Length, other.Mark]);
        }

        return new Fingerprint(Hash([(ulong)picture.Length, picture.Mark]), rest);
    }

    /// <summary>The same picture in another situation.</summary>
    public Fingerprint In(string situation) => this with { Rest = Hash([Rest, Hash(situation)]) };

    public static ulong Hash(string text) => First(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));

    public static Fingerprint? Parse(string? text) => text is { Length: 32 }
        && ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var picture)
        && ulong.TryParse(text.AsSpan(16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rest)
        ? new Fingerprint(picture, rest) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Picture:x16}{Rest:x16}");

    private static ulong Hash(ReadOnlySpan<ulong> values)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(values), hash);
        return First(hash);
    }

    private static ulong First(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64BigEndian(hash);
}
