using Amazon.S3;
using Amazon.S3.Model;

namespace DipPipeline.Storage.S3;

/// <summary>
/// Takes an object's bytes, and gives it its name once all of them are there: a small one by a single request, a larger one by the request
/// that joins its parts, which nobody sees before. Used by one thread, which waits for each part.
/// </summary>
internal sealed class ObjectWriter(IAmazonS3 client, S3Bucket bucket, string name, string path, int partBytes, CancellationToken cancellation) : Stream
{
    private const int AbortAttempts = 3;
    private static readonly TimeSpan s_abortPatience = TimeSpan.FromSeconds(3);

    private readonly List<PartETag> _parts = [];
    private byte[] _buffer = new byte[Math.Min(64 << 10, partBytes)];
    private int _count;
    private string? _upload;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // Only once there is more: the last part may be of any size, and one alone needs none.
            if (_count == partBytes)
            {
                SendPart();
            }

            var taken = buffer[..Math.Min(buffer.Length, partBytes - _count)];
            if (_count + taken.Length > _buffer.Length)
            {
                Array.Resize(ref _buffer, (int)Math.Min(partBytes, Math.Max(2L * _buffer.Length, _count + taken.Length)));
            }

            taken.CopyTo(_buffer.AsSpan(_count));
            _count += taken.Length;
            buffer = buffer[taken.Length..];
        }
    }

    public override void Flush()
    {
        // Nothing stands under the name before Publish.
    }

    /// <summary>Gives the object its name.</summary>
    /// <param name="naming">Called last of all before that.</param>
    public void Publish(Action naming)
    {
        if (_upload is not null)
        {
            SendPart();
        }

        naming();
        cancellation.ThrowIfCancellationRequested();
        if (_upload is null)
        {
            bucket.PutAsync(path, _buffer.AsMemory(0, _count), ifNone: false, cancellation).GetAwaiter().GetResult();
            return;
        }

        Ask(() => client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = name, Key = bucket.Key(path), UploadId = _upload, PartETags = _parts }, cancellation));
        _upload = null;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Gives up what has no name yet: parts that nobody joins would cost money for ever.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _upload is { } upload)
        {
            _upload = null;
            AbortAsync(upload).GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }

    private async Task AbortAsync(string upload)
    {
        for (var attempt = 1; attempt <= AbortAttempts; attempt++)
        {
            using var patience = new CancellationTokenSource(s_abortPatience);
            try
            {
                await bucket.AskAsync(path, () => client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = name, Key = bucket.Key(path), UploadId = upload }, patience.Token)).ConfigureAwait(false);
                return;
            }
            // There is none any more, or the server is away, as it may have been for what is given up: then the bucket's rule for unfinished uploads removes it.
            catch (Exception e) when (e is IOException or StorageUnavailableException or UnauthorizedAccessException or OperationCanceledException)
            {
                continue;
            }
        }
    }

    private void SendPart()
    {
        var key = bucket.Key(path);
        _upload ??= Ask(() => client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = name, Key = key }, cancellation)).UploadId;
        var number = _parts.Count + 1;
        using var part = new BytesStream(new ArraySegment<byte>(_buffer, 0, _count));
        var sent = Ask(() => client.UploadPartAsync(
            new UploadPartRequest { BucketName = name, Key = key, UploadId = _upload, PartNumber = number, InputStream = part, PartSize = part.Length, UseChunkEncoding = false }, cancellation));
        _parts.Add(new PartETag(number, sent.ETag));
        _count = 0;
    }

    private T Ask<T>(Func<Task<T>> request) => bucket.AskAsync(path, request).GetAwaiter().GetResult();
}
