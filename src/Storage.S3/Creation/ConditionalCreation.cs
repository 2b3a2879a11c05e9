namespace DipPipeline.Storage.S3;

/// <summary>By the store itself: a write with <c>If-None-Match: *</c> is refused where there is an object, and of several one comes first.</summary>
internal sealed class ConditionalCreation(S3Bucket bucket) : IObjectCreation
{
    public async Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        await bucket.PutAsync(path, content, ifNone: true, cancellation).ConfigureAwait(false)
        // The answer to an attempt of ours may have been lost: then it is our own object that stands there.
        || (await bucket.ReadAsync(path, null, cancellation).ConfigureAwait(false))?.AsSpan().SequenceEqual(content.Span) == true;
}
