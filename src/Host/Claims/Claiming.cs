using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>What came of asking for a job.</summary>
internal abstract record Claiming
{
    /// <summary>It is ours.</summary>
    public sealed record Ours(OwnedClaim Claim) : Claiming;

    /// <summary>Another Host works on it, or it has gone further than the message: there is nothing to do.</summary>
    /// <param name="Why">One sentence, for the log.</param>
    public sealed record NotNeeded(string Why) : Claiming;

    /// <summary>Too many starts ended in a crash.</summary>
    public sealed record Exhausted(IReadOnlyList<string> History) : Claiming;
}
