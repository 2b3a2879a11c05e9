using Amazon.S3;
using Microsoft.Extensions.Options;

namespace DipPipeline.Storage.S3;

/// <summary>Prefixes of a bucket. All share one client, and with it its connections.</summary>
internal sealed class S3Kind(IOptions<S3Options> options, TimeProvider time) : IStoreKind, IDisposable
{
    private readonly Lazy<AmazonS3Client> _client = new(() => new AmazonS3Client(S3Client.Config(options.Value)));

    public string Begins => S3Root.Begins;

    public string? Fault(string root) => S3Root.Parse(root) is null ? $"is '{root}'; accepted: {S3Root.Accepted}." : null;

    public IArtifactStore Open(string root) => new S3ArtifactStore(_client.Value, S3Root.Parse(root)!, options.Value, time);

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }
    }
}
