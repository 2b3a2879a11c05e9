using System.Security.Cryptography;
using System.Text;

namespace DipPipeline.Storage.S3;

/// <summary>
/// Without the store's help: whoever wants to create an object first puts up a candidate, an object of its own beside others' in one
/// place, and creates only while its candidate stands there alone.
/// </summary>
/// <remarks>
/// <para>
/// A candidate goes through these steps: (1) put up the candidate, (2) list the candidates, (3) if it is alone, look whether the object is
/// there, (4) if not, write it, (5) take the candidate down. If it is not alone it takes itself down and begins anew, unless it has the
/// lowest name: then it lists again, until the others have left.
/// </para>
/// <para>
/// Two never create: of two candidates let B be the one whose step 1 ended last. B lists after both were put up, and listing shows all that
/// was written before. So B sees A, or A has been taken down, either because A gave up, or because A has written the object. In that last
/// case A wrote it before it was taken down, so before B's list, so before B's step 3, which then finds it. This needs no clock and no
/// waiting; it needs that reading and listing show what was written before, which S3 promises.
/// </para>
/// <para>
/// Clocks matter only for candidates whose program was killed: they are taken down by others once they are older than
/// <see cref="s_staleAfter"/>, by the storage's own clock, compared with the age of the other's own candidate. A program that lives gives up
/// well before that (<see cref="s_patience"/>). So two could create only if one request for a small object took longer than the difference
/// of the two; and then they would find out: a claim is read again before every checkpoint, and who does not find its own stops.
/// </para>
/// <para>
/// Candidates are not beside the object, where removing its folder would remove them as well, and with them the argument.
/// </para>
/// </remarks>
internal sealed class ElectedCreation(S3Bucket bucket, TimeProvider time) : IObjectCreation
{
    private const int TakeDownAttempts = 3;
    private static readonly TimeSpan s_takeDownPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_staleAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public async Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ArtifactPath.Check(path);
        var folder = $"{ArtifactPath.StateFolder}/claims/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..32]}";
        for (var begun = time.GetTimestamp(); ;)
        {
            // Most come too late, and need no candidate to find that out.
            if (await bucket.ReadAsync(path, null, cancellation).ConfigureAwait(false) is { } standing)
            {
                // The answer to an attempt of ours may have been lost.
                return content.Span.SequenceEqual(standing);
            }

            if (await StandAsync(folder, path, content, cancellation).ConfigureAwait(false))
            {
                return true;
            }

            if (time.GetElapsedTime(begun) > s_patience)
            {
                throw new IOException($"'{bucket.Describe(path)}' could not be created: others have stood for it for {s_patience.TotalSeconds:0} s, and none has created it.");
            }

            await PauseAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>Whether it was alone, and created.</returns>
    private async Task<bool> StandAsync(string folder, string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var begun = time.GetTimestamp();
        var candidate = $"{folder}/{Guid.NewGuid():N}";
        var isInDoubt = false;
        try
        {
            await bucket.PutAsync(candidate, default, ifNone: false, cancellation).ConfigureAwait(false);
            while (time.GetElapsedTime(begun) < s_patience)
            {
                var standing = await CandidatesAsync(folder, candidate, cancellation).ConfigureAwait(false);
                if (standing.Count == 1 && standing[0] == candidate)
                {
                    if (await bucket.ReadAsync(path, null, cancellation).ConfigureAwait(false) is { } there)
                    {
                        return content.Span.SequenceEqual(there);
                    }

                    isInDoubt = true;
                    await InsistAsync(path, content, begun, cancellation).ConfigureAwait(false);
                    isInDoubt = false;
                    return true;
                }

                if (standing.Min(StringComparer.Ordinal) != candidate)
                {
                    return false;
                }

                await PauseAsync(cancellation).ConfigureAwait(false);
            }

            return false;
        }
        finally
        {
            // Also after a failure, when it may be there all the same. But a write of ours that was not answered may still come: until it
            // cannot any more, nobody else is to be alone.
            if (!isInDoubt)
            {
                await TakeDownAsync(candidate).ConfigureAwait(false);
            }
        }
    }

    // While the candidate stands nobody else creates, so that an attempt whose answer was lost may be made again.
    private async Task InsistAsync(string path, ReadOnlyMemory<byte> content, long begun, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await bucket.PutAsync(path, content, ifNone: false, cancellation).ConfigureAwait(false);
                return;
            }
            catch (IOException) when (time.GetElapsedTime(begun) < s_patience)
            {
                await PauseAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The candidates that stand, after those were taken down that are older than their programs would let them be.</summary>
    private async Task<List<string>> CandidatesAsync(string folder, string own, CancellationToken cancellation)
    {
        List<(string Path, DateTimeOffset Since)> found = [];
        await foreach (var candidate in bucket.AllAsync(folder, cancellation).ConfigureAwait(false))
        {
            found.Add(($"{folder}/{candidate.Key[(candidate.Key.LastIndexOf('/') + 1)..]}", S3Bucket.Time(candidate.LastModified)));
        }

        var now = found.Find(c => c.Path == own).Since;
        foreach (var stale in found.FindAll(c => now - c.Since > s_staleAfter))
        {
            await bucket.DeleteAsync(stale.Path, cancellation).ConfigureAwait(false);
            found.Remove(stale);
        }

        return found.ConvertAll(c => c.Path);
    }

    private async Task TakeDownAsync(string candidate)
    {
        for (var attempt = 1; attempt <= TakeDownAttempts; attempt++)
        {
            using var patience = new CancellationTokenSource(s_takeDownPatience, time);
            try
            {
                await bucket.DeleteAsync(candidate, patience.Token).ConfigureAwait(false);
                return;
            }
            // At worst it stands until it is stale; the outcome is that of what was attempted.
            catch (Exception e) when (e is IOException or StorageUnavailableException or UnauthorizedAccessException or OperationCanceledException)
            {
                continue;
            }
        }
    }

    // At random, so that those who left do not meet again.
    private Task PauseAsync(CancellationToken cancellation) => Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(10, 150)), time, cancellation);
}
