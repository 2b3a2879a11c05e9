using DipPipeline.Jobs.Runs;

namespace DipPipeline.Jobs.Queries;

/// <summary>Rows of archive runs that are pending because their pictures cannot be read.</summary>
/// <param name="Rows">Those that were tried, one by one.</param>
/// <param name="All">The storage of pictures is away: no row could be read.</param>
public sealed record UnreadableRows(IReadOnlyCollection<RowKey> Rows, bool All = false)
{
    public static UnreadableRows None { get; } = new([]);
}
