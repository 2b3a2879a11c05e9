using System.Security.Cryptography;
using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Copies;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Gives a picture of known content the result that there is already, with metrics of its own that name the original.</summary>
internal sealed class ResultCopier(JobCatalogue catalogue, PipelineStorage storage, ResultNotes notes, ILogger<ResultCopier> log)
{
    private const int AtATime = 100;

    private readonly IArtifactStore _results = storage.Results;

    /// <summary>Makes every copy that is due.</summary>
    /// <exception cref="StorageUnavailableException">The storage is away; what is left is still due.</exception>
    public async Task CopyAsync(CancellationToken cancellation)
    {
        while (await catalogue.PendingCopiesAsync(AtATime, cancellation).ConfigureAwait(false) is { Count: > 0 } due)
        {
            foreach (var copy in due)
            {
                if (await MakeAsync(copy, cancellation).ConfigureAwait(false) is { } reason)
                {
                    Log.CopyFailed(log, copy.Original, copy.Output, reason);
                    await catalogue.CopyFailedAsync(copy.Output, copy.Generation, reason, cancellation).ConfigureAwait(false);
                }
                else
                {
                    await catalogue.CopiedAsync(copy.Output, copy.Generation, cancellation).ConfigureAwait(false);
                    notes.Succeeded(copy.Output);
                }
            }
        }
    }

    /// <returns>Why there is nothing to copy, or <see langword="null"/> when it is done.</returns>
    private async Task<string?> MakeAsync(PendingCopy copy, CancellationToken cancellation)
    {
        if (await MetricsAsync(copy.Original, cancellation).ConfigureAwait(false) is not { } original || original.JobId != copy.JobId)
        {
            return $"The result '{copy.Original}' that '{copy.Output}' was to be a copy of is not there any more.";
        }

        if (await MetricsAsync(copy.Output, cancellation).ConfigureAwait(false) is { } there && there.Generation > copy.Generation)
        {
            Log.NewerResult(log, copy.Output, there.Generation, copy.Generation);
            return null;
        }

        try
        {
            var files = OutputNames.All(copy.Original).Zip(OutputNames.All(copy.Output)).ToArray();
            foreach (var (from, to) in files.SkipLast(1))
            {
                var sha256 = await CopyAsync(from, to, cancellation).ConfigureAwait(false);
                if (from == copy.Original && sha256 != original.Output.Sha256)
                {
                    return $"The result '{copy.Original}' that '{copy.Output}' was to be a copy of holds other content by now.";
                }
            }
        }
        catch (FileNotFoundException)
        {
            return $"A part of the result '{copy.Original}' that '{copy.Output}' was to be a copy of is not there any more.";
        }

        var metrics = original with
        {
            CopyOf = original.CopyOf ?? copy.Original,
            Generation = copy.Generation,
            Input = original.Input with { Path = SubmittedPath.Picture(copy.SourcePath) },
            Output = original.Output with { Path = copy.Output },
        };
        var json = System.Text.Encoding.UTF8.GetBytes(metrics.ToJson());
        await _results.WriteAsync(OutputNames.Metrics(copy.Output), stream => stream.Write(json), cancellation).ConfigureAwait(false);
        Log.Copied(log, copy.Original, copy.Output);
        return null;
    }

    private async Task<RestorationMetrics?> MetricsAsync(string output, CancellationToken cancellation)
    {
        try
        {
            return await _results.ReadAsync(OutputNames.Metrics(output), cancellation).ConfigureAwait(false) is { } json
                ? RestorationMetrics.Parse(System.Text.Encoding.UTF8.GetString(json)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Opened anew for each attempt, and before the first, so that a missing file is known as one.
    private async Task<string> CopyAsync(string from, string to, CancellationToken cancellation)
    {
        var sha256 = "";
        await (await _results.OpenReadAsync(from, cancellation).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        await _results.WriteAsync(to, target =>
        {
            using var source = _results.OpenReadAsync(from, cancellation).GetAwaiter().GetResult();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[64 << 10];
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                target.Write(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
            }

            sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
        }, cancellation).ConfigureAwait(false);
        return sha256;
    }
}
