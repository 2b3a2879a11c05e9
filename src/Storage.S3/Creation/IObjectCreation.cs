namespace DipPipeline.Storage.S3;

/// <summary>How an object is created that only one of several may create.</summary>
internal interface IObjectCreation
{
    /// <inheritdoc cref="IArtifactStore.TryCreateAsync"/>
    Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation);
}
