using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DipPipeline.Storage;

/// <summary>Everything of a running job, under <c>.dip/state/ID/</c> of the results: claim, sign of life, checkpoint, finished tiles, cancellation. Gone after the commit.</summary>
public sealed class JobState(IArtifactStore store, string jobId)
{
    /// <summary>The folder of all jobs' state.</summary>
    public const string Root = ArtifactPath.StateFolder + "/state";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    private readonly string _folder = $"{Root}/{ArtifactPath.Check(jobId)}";

    private string ClaimPath => $"{_folder}/claim.json";

    private string MarkPath => $"{_folder}/checkpoint.json";

    private string CheckpointsFolder => $"{_folder}/checkpoints";

    private string TilesFolder => $"{_folder}/tiles";

    private string CancelPath => $"{_folder}/cancel.json";

    /// <summary>The claim that stands, or <see langword="null"/>.</summary>
    public Task<JobClaim?> ClaimAsync(CancellationToken cancellation) => ReadAsync<JobClaim>(ClaimPath, cancellation);

    /// <summary>Claims a job that nobody has claimed: of several Hosts at once, one gets <see langword="true"/>.</summary>
    public Task<bool> TryClaimAsync(JobClaim claim, CancellationToken cancellation) =>
        store.TryCreateAsync(ClaimPath, Bytes(claim), cancellation);

    /// <summary>Changes the owner's own claim; where another's stands by now, or none, nothing happens.</summary>
    /// <returns><see langword="false"/> where none stands: the job is over, or storage that was lost shows nothing of it for now.</returns>
    public async Task<bool> RewriteClaimAsync(JobClaim claim, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var standing = await ClaimAsync(cancellation).ConfigureAwait(false);
        if (standing?.Owner == claim.Owner)
        {
            await WriteClaimAsync(claim, cancellation).ConfigureAwait(false);
        }

        return standing is not null;
    }

    /// <summary>Whether it is this owner's claim that stands.</summary>
    public async Task<bool> IsOwnedByAsync(string owner, CancellationToken cancellation) => (await ClaimAsync(cancellation).ConfigureAwait(false))?.Owner == owner;

    /// <summary>Takes the job over from whoever has it, or changes one's own claim.</summary>
    public Task WriteClaimAsync(JobClaim claim, CancellationToken cancellation) =>
        store.WriteVolatileAsync(ClaimPath, Bytes(claim), cancellation);

    /// <summary>Shows that the owner is alive. In a file of its own, so that it cannot undo another's claim.</summary>
    public Task BeatAsync(string owner, long count, CancellationToken cancellation) =>
        store.WriteVolatileAsync(BeatPath(owner), Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture)), cancellation);

    /// <summary>The owner's count: it stands still once the owner is dead. <see langword="null"/> before the first beat.</summary>
    public async Task<string?> BeatOfAsync(string owner, CancellationToken cancellation) =>
        await store.ReadAsync(BeatPath(owner), cancellation).ConfigureAwait(false) is { } bytes ? Encoding.ASCII.GetString(bytes) : null;

    /// <summary>What the checkpoint is of; <see langword="null"/> where there is none.</summary>
    public Task<CheckpointMark?> CheckpointAsync(CancellationToken cancellation) => ReadAsync<CheckpointMark>(MarkPath, cancellation);

    /// <summary>Reads one of a checkpoint's files.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Task ReadCheckpointAsync(string name, Action<Stream> content, CancellationToken cancellation) => store.ReadAsync(CheckpointPath(name), content, cancellation);

    /// <summary>Writes one of a checkpoint's files, and then what the whole is of.</summary>
    public async Task WriteCheckpointAsync(CheckpointMark mark, string name, Action<Stream> content, CancellationToken cancellation)
    {
        await store.WriteAsync(CheckpointPath(name), content, cancellation).ConfigureAwait(false);
        await store.WriteVolatileAsync(MarkPath, Bytes(mark), cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads a finished tile that the checkpoint needs.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Task ReadTileAsync(string name, Action<Stream> content, CancellationToken cancellation) => store.ReadAsync(TilePath(name), content, cancellation);

    /// <summary>Keeps a finished tile: before the checkpoint that needs it.</summary>
    public Task WriteTileAsync(string name, Action<Stream> content, CancellationToken cancellation) => store.WriteAsync(TilePath(name), content, cancellation);

    /// <summary>Has whoever works on the job, or gets it, stop.</summary>
    public Task CancelAsync(CancelMark mark, CancellationToken cancellation) => store.WriteVolatileAsync(CancelPath, Bytes(mark), cancellation);

    public Task<CancelMark?> CancelledAsync(CancellationToken cancellation) => ReadAsync<CancelMark>(CancelPath, cancellation);

    /// <summary>Forgets claim, checkpoint, tiles and the owner's signs of life, not a cancellation. Where another's claim stands by now, only the latter are the owner's.</summary>
    public async Task RemoveWorkAsync(string owner, CancellationToken cancellation)
    {
        if (!await IsOwnedByAsync(owner, cancellation).ConfigureAwait(false))
        {
            await store.DeleteAsync(BeatPath(owner), cancellation).ConfigureAwait(false);
            return;
        }

        await store.DeleteFolderAsync(TilesFolder, cancellation).ConfigureAwait(false);
        await store.DeleteFolderAsync(CheckpointsFolder, cancellation).ConfigureAwait(false);
        foreach (var path in (string[])[MarkPath, BeatPath(owner), ClaimPath])
        {
            await store.DeleteAsync(path, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets the job, after its commit; where another's claim stands by now, the owner's signs of life alone.</summary>
    public async Task RemoveAsync(string owner, CancellationToken cancellation)
    {
        if (await IsOwnedByAsync(owner, cancellation).ConfigureAwait(false))
        {
            await RemoveAsync(cancellation).ConfigureAwait(false);
        }
        else
        {
            await store.DeleteAsync(BeatPath(owner), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets the job, whosever it is: before it is begun anew, or when nobody has it.</summary>
    public Task RemoveAsync(CancellationToken cancellation) => store.DeleteFolderAsync(_folder, cancellation);

    private string CheckpointPath(string name) => $"{CheckpointsFolder}/{ArtifactPath.Check(name)}";

    private string TilePath(string name) => $"{TilesFolder}/{ArtifactPath.Check(name)}";

    private string BeatPath(string owner) => $"{_folder}/beat-{owner}";

    private async Task<T?> ReadAsync<T>(string path, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await store.ReadAsync(path, cancellation).ConfigureAwait(false) is { Length: > 0 } bytes ? JsonSerializer.Deserialize<T>(bytes, s_json) : null;
        }
        catch (JsonException)
        {
            // Half of a file after a loss of power: it was never flushed, and says nothing.
            return null;
        }
    }

    private static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, s_json);
}
