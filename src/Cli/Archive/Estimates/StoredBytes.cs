using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>A file of a store for who needs little of it, wherever that lies: read a part at a time, as it is asked for. Used by one thread.</summary>
/// <param name="store">The store.</param>
/// <param name="file">The file, as it stands.</param>
/// <param name="cancellation">Gives up.</param>
internal sealed class StoredBytes(IArtifactStore store, ArtifactInfo file, CancellationToken cancellation) : Stream
{
    // Most headers lie in the first part, with the metadata before them.
    private const int PartBytes = 64 << 10;

    private byte[] _part = [];
    private long _start;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Position >= Length)
        {
            return 0;
        }

        if (Position < _start || Position >= _start + _part.Length)
        {
            _start = Position / PartBytes * PartBytes;
            _part = store.ReadAsync(file.Path, _start, PartBytes, cancellation).GetAwaiter().GetResult() ?? throw new FileNotFoundException(null, file.Path);
        }

        // It may have become shorter meanwhile.
        var at = (int)(Position - _start);
        var count = Math.Min(buffer.Length, Math.Max(0, _part.Length - at));
        _part.AsSpan(Math.Min(at, _part.Length), count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
