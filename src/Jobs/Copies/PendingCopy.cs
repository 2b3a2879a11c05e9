namespace DipPipeline.Jobs.Copies;

/// <summary>A result to be copied to another output path, whose picture has the same content.</summary>
/// <param name="Output">Where to; relative to the results.</param>
/// <param name="Generation">Of that path; to stand in the copy's metrics.</param>
/// <param name="SourcePath">The picture that the copy is for.</param>
/// <param name="JobId">Whose result; the original's metrics must name it, else it is another job's by now.</param>
/// <param name="Original">Where from; relative to the results.</param>
public sealed record PendingCopy(string Output, int Generation, string SourcePath, string JobId, string Original);
