using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>A file of a store.</summary>
/// <param name="Inputs">The store.</param>
/// <param name="Version">What the store tells one content from another by, an ETag; empty where it does not.</param>
/// <param name="Term">Gives up what is asked of the store.</param>
internal sealed record StoredFile(IArtifactStore Inputs, string Path, string Version, long Length, DateTime Modified, CancellationToken Term) : FileStamp(Path, Length, Modified)
{
    // Written again with the same bytes it is the same; where a store gives no version, its time has to do.
    public override ulong Mark => Version.Length > 0 ? Fingerprint.Hash(Version) : (ulong)Modified.Ticks;

    public static StoredFile Of(IArtifactStore inputs, ArtifactInfo file, CancellationToken term) =>
        new(inputs, file.Path, file.Version ?? "", file.Length, file.Modified.UtcDateTime, term);

    public override bool IsCurrent() =>
        Inputs.FindAsync(Path, Term).GetAwaiter().GetResult() is { } now && now.Length == Length && Of(Inputs, now, Term).Mark == Mark;

    public override void Read(Action<Stream> content) => Inputs.ReadAsync(Path, content, Term).GetAwaiter().GetResult();
}
