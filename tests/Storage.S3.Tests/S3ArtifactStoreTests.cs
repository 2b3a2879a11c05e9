using DipPipeline.Storage.Tests;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Storage.S3.Tests;

/// <summary>What every store must do, done by a server that has conditional writes, and by one that has none.</summary>
public abstract class S3ArtifactStoreTests(bool isConditional, ConditionalWrites writes) : ArtifactStoreConformance, IAsyncLifetime
{
    private readonly string _prefix = $"conformance {Guid.NewGuid():N}";
    private S3Server _server = null!;

    public async ValueTask InitializeAsync() => _server = await S3Server.GetAsync(isConditional);

    // What is left goes with the server.
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Write_ALargeFile_GivenUp_AbortsItsParts()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => CreateSut().WriteAsync("large.bin", s =>
        {
            s.Write(new byte[12 << 20]);
            Assert.Equal(1, _server.UnfinishedUploads(_prefix + "/large.bin"));
            throw new InvalidDataException();
        }, TestContext.Current.CancellationToken));

        Assert.Equal(0, _server.UnfinishedUploads(_prefix + "/large.bin"));
    }

    protected override IArtifactStore CreateSut() =>
        new S3ArtifactStore(_server.Client(), new S3Root(S3Server.Bucket, _prefix), new S3Options { ConditionalWrites = writes, PartBytes = 5 << 20 }, TimeProvider.System);

    protected override async Task<int> CountAsync(string folder) => (await _server.KeysAsync($"{_prefix}/{folder}/")).Count;
}

public sealed class ConditionalS3Tests() : S3ArtifactStoreTests(isConditional: true, ConditionalWrites.Yes);

public sealed class ElectedS3Tests() : S3ArtifactStoreTests(isConditional: false, ConditionalWrites.No);
