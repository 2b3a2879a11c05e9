using System.Runtime.InteropServices;

namespace DipPipeline.Storage.S3;

/// <summary>Bytes as a stream, without a copy of them.</summary>
internal sealed class BytesStream(ArraySegment<byte> bytes) : MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
{
    public BytesStream(ReadOnlyMemory<byte> bytes)
        : this(MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array is not null ? segment : new ArraySegment<byte>(bytes.ToArray()))
    {
    }
}
