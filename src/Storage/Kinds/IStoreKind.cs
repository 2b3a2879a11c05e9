namespace DipPipeline.Storage;

/// <summary>A kind of place that a root of the storage can be in, told by how the root is written.</summary>
public interface IStoreKind
{
    /// <summary>What begins a root of this kind, <c>s3://</c>; empty for the one that takes what no other does.</summary>
    string Begins { get; }

    /// <summary>What is wrong with a root, and what would be accepted: <c>is 's3://'; accepted: …</c>; or <see langword="null"/>.</summary>
    string? Fault(string root);

    /// <summary>Opens a root that has no fault. Nothing is asked of a server yet.</summary>
    IArtifactStore Open(string root);
}
