namespace DipPipeline.Storage;

/// <summary>Folders of this machine, mounted ones among them.</summary>
internal sealed class FolderKind : IStoreKind
{
    public string Begins => "";

    // Of a place that no kind here knows, a folder of that name would be made.
    public string? Fault(string root) => StorageRoot.IsFolder(root) ? null : $"is '{root}'; accepted: a folder, or s3://BUCKET/PREFIX.";

    public IArtifactStore Open(string root) => new LocalArtifactStore(root);
}
