namespace DipPipeline.Engine.Imaging;

/// <summary>Splits what is written to it into IDAT chunks, which a reader joins again. Write only; does not own the file.</summary>
internal sealed class PngDataStream(Stream file) : Stream
{
    private const int ChunkLength = 1 << 20;

    private readonly MemoryStream _chunk = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var part = buffer[..Math.Min(buffer.Length, ChunkLength - (int)_chunk.Length)];
            _chunk.Write(part);
            buffer = buffer[part.Length..];
            if (_chunk.Length == ChunkLength)
            {
                WriteChunk();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    // The compressor flushes with no meaning for chunks.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _chunk.Length > 0)
        {
            WriteChunk();
        }

        base.Dispose(disposing);
    }

    private void WriteChunk()
    {
        new PngChunk("IDAT", _chunk.ToArray()).WriteTo(file);
        _chunk.SetLength(0);
    }
}
