using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>What came of asking for a job.</summary>
internal abstract record Claiming
{
    /// <summary>It is ours.</summary>
    public sealed record Ours(OwnedClaim Claim) : Claiming;

    /// <summary>Another Host works on it, or it has gone further than the message: there is nothing to do.</summary>
    /// <param name="Why">One sentence, for the log.</param>
    /// <param name="Slice">How far it has gone, where the message's slice is older: whoever published it does not know.</param>
    public sealed record NotNeeded(string Why, int? Slice = null) : Claiming;

    /// <summary>Another Host works on it, and this may be the only message that is left of it: to be asked again.</summary>
    /// <param name="Why">One sentence, for the log.</param>
    public sealed record Busy(string Why) : Claiming;

    /// <summary>Too many starts in a row ended in a crash without a newer checkpoint.</summary>
    /// <param name="Crashes">How many.</param>
    /// <param name="History">Every attempt that ended without a word, those before a newer checkpoint among them.</param>
    public sealed record Exhausted(int Crashes, IReadOnlyList<string> History) : Claiming;
}
