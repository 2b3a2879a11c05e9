namespace DipPipeline.Contracts.Messages;

/// <summary>A file that a job reads: where, and what content. A Host that finds other content says so instead of restoring it.</summary>
/// <param name="Path">Relative to the storage's inputs, with forward slashes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Length">Bytes.</param>
public sealed record SourceFile(string Path, string Sha256, long Length);
