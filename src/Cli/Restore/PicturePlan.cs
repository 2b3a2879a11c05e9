namespace DipPipeline.Cli.Restore;

/// <summary>One picture that is to be restored.</summary>
/// <param name="Path">As typed, or as the pattern found it.</param>
/// <param name="CompanionPaths">Companion name and file.</param>
/// <param name="Refusal">Why it cannot be, where that is known before it is opened.</param>
internal sealed record PicturePlan(string Path, IReadOnlyDictionary<string, string> CompanionPaths, string? Refusal = null);
