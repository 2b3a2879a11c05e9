using DipPipeline.Contracts;

namespace DipPipeline.Engine.Imaging;

/// <summary>Random access to a picture file under its name, so that every refusal can say which file it is about.</summary>
internal sealed class FileBytes(string path, Stream stream)
{
    public const string Accepted = "a PNG, JPEG, TIFF, WebP or BMP picture would be accepted";

    /// <summary>Metadata larger than this, in one piece or all together, is damage or an attack, not metadata.</summary>
    public const int LargestMetadata = 64 << 20;

    // What keeping a piece takes, however short it is.
    private const int PieceOverhead = 64;

    private long _metadata;

    public long Length => stream.Length;

    public RefusedException Refused(string problem, string accepted) => new($"'{path}' {problem}; {accepted}.");

    public RefusedException CutOff() => Refused("is cut off or damaged: part of its data is missing", "a complete file would be accepted");

    /// <summary>Exactly <paramref name="count"/> bytes, or false where the file ends before.</summary>
    public bool TryRead(long offset, int count, out byte[] bytes)
    {
        bytes = [];
        if (offset < 0 || count < 0 || offset > Length - count)
            return false;
        bytes = new byte[count];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return true;
    }

    /// <summary>As <see cref="TryRead"/>, for metadata: false also where it would be more than <see cref="LargestMetadata"/> with what was read before.</summary>
    public bool TryReadMetadata(long offset, int count, out byte[] bytes)
    {
        bytes = [];
        if (_metadata + PieceOverhead + count > LargestMetadata || !TryRead(offset, count, out bytes))
            return false;
        _metadata += PieceOverhead + count;
        return true;
    }

    public byte[] Read(long offset, int count) => TryRead(offset, count, out var bytes) ? bytes : throw CutOff();

    public byte[] ReadUpTo(long offset, int count) => Read(offset, (int)Math.Min(count, Length - offset));
}
