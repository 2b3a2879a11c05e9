using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Options;

namespace DipPipeline.Storage.S3;

/// <summary>Prefixes of a bucket. All share one client, and with it its connections.</summary>
internal sealed class S3Kind(IOptions<S3Options> options, TimeProvider time) : IStoreKind, IDisposable
{
    private readonly Lazy<AmazonS3Client> _client = new(() => new AmazonS3Client(S3Client.Config(options.Value)));

    public string Begins => S3Root.Begins;

    public string? Fault(string root)
    {
        if (S3Root.Parse(root) is null)
        {
            return $"is '{root}'; accepted: {S3Root.Accepted}.";
        }

        try
        {
            _ = _client.Value;
            return null;
        }
        catch (OptionsValidationException)
        {
            return null; // What is wrong with the section is said by its own validator.
        }
        catch (AmazonClientException e)
        {
            return $"is '{root}', whose server is not known ({e.Message}); accepted with {S3Options.Section}:Region (or AWS_REGION), or {S3Options.Section}:Endpoint.";
        }
    }

    public IArtifactStore Open(string root) => new S3ArtifactStore(_client.Value, S3Root.Parse(root)!, options.Value, time);

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }
}
