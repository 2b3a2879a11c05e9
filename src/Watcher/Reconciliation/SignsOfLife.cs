using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>Whether somebody works on a job, by its claim in storage: as Hosts judge it, from one look to the next.</summary>
internal sealed class SignsOfLife(PipelineStorage storage)
{
    private readonly record struct Sign(string Owner, string? Beat);

    private Dictionary<string, Sign> _last = new(StringComparer.Ordinal);

    /// <summary>Those of the jobs that nobody works on: without a claim, or whose owner's count stands where it stood at the look before.</summary>
    public async Task<IReadOnlyList<string>> MissingAsync(IEnumerable<string> jobIds, CancellationToken cancellation)
    {
        var (missing, seen) = (new List<string>(), new Dictionary<string, Sign>(StringComparer.Ordinal));
        foreach (var id in jobIds)
        {
            var state = storage.State(id);
            if (await state.ClaimAsync(cancellation).ConfigureAwait(false) is not { IsReleased: false } claim)
            {
                missing.Add(id);
                continue;
            }

            var sign = new Sign(claim.Owner, await state.BeatOfAsync(claim.Owner, cancellation).ConfigureAwait(false));
            seen[id] = sign;
            if (_last.TryGetValue(id, out var before) && before == sign)
            {
                missing.Add(id);
            }
        }

        _last = seen;
        return missing;
    }
}
