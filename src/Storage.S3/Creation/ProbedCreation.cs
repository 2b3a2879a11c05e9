using System.Net;

namespace DipPipeline.Storage.S3;

/// <summary>Finds out, when it is first needed, whether the store has conditional writes, by writing a small object of its own twice.</summary>
internal sealed class ProbedCreation(S3Bucket bucket, IObjectCreation conditional, IObjectCreation elected) : IObjectCreation
{
    private volatile IObjectCreation? _chosen;

    public async Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        await (_chosen ?? await ChooseAsync(cancellation).ConfigureAwait(false)).TryCreateAsync(path, content, cancellation).ConfigureAwait(false);

    private async Task<IObjectCreation> ChooseAsync(CancellationToken cancellation)
    {
        // Several at once ask the same, each by an object of its own. What the store does not answer is asked again the next time.
        return _chosen = await IsConditionalAsync(cancellation).ConfigureAwait(false) ? conditional : elected;
    }

    private async Task<bool> IsConditionalAsync(CancellationToken cancellation)
    {
        var path = $"{ArtifactPath.StateFolder}/probes/{Guid.NewGuid():N}";
        try
        {
            // A store that does not know the header either ignores it, and writes twice, or refuses the request.
            return await bucket.PutAsync(path, "probe"u8.ToArray(), ifNone: true, cancellation).ConfigureAwait(false)
                && !await bucket.PutAsync(path, "probe"u8.ToArray(), ifNone: true, cancellation).ConfigureAwait(false);
        }
        catch (StorageUnavailableException e) when (S3Faults.AnswerOf(e)?.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.BadRequest)
        {
            return false;
        }
        finally
        {
            await bucket.DeleteAsync(path, cancellation).ConfigureAwait(false);
        }
    }
}
