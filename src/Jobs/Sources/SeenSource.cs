namespace DipPipeline.Jobs.Sources;

/// <summary>A picture as the Watcher last saw it.</summary>
/// <param name="Path">Relative to the inputs.</param>
/// <param name="Fingerprint">What it was known by when it was entered; empty when it is to be looked at again.</param>
public readonly record struct SeenSource(string Path, string Fingerprint);
