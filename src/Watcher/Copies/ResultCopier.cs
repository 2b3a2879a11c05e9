using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Copies;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Gives a picture of known content the result that there is already, with metrics of its own that name the original.</summary>
internal sealed class ResultCopier(JobCatalogue catalogue, PipelineStorage storage, ResultNotes notes, CancelSender cancels, Pulse pulse, ILogger<ResultCopier> log)
{
    private const int AtATime = 100;

    private readonly IArtifactStore _results = storage.Results;

    /// <summary>Makes every copy that is due; one that cannot be made now keeps no other waiting.</summary>
    /// <exception cref="IOException">Some could not be made, and are still due.</exception>
    public async Task CopyAsync(CancellationToken cancellation)
    {
        var (after, left, error) = ("", 0, (Exception?)null);
        while (await catalogue.PendingCopiesAsync(after, AtATime, cancellation).ConfigureAwait(false) is { Count: > 0 } due)
        {
            await cancels.MarkAsync(cancellation).ConfigureAwait(false);
            foreach (var copy in due)
            {
                pulse.Beat();
                try
                {
                    await CopyAsync(copy, cancellation).ConfigureAwait(false);
                }
                catch (Exception e) when (e is StorageUnavailableException or ArtifactPathException or IOException or UnauthorizedAccessException)
                {
                    (left, error) = (left + 1, e);
                }
            }

            after = due[^1].Output;
        }

        if (left > 0)
        {
            throw new IOException($"{left} copies of results could not be made; they are tried again.", error);
        }
    }

    private async Task CopyAsync(PendingCopy copy, CancellationToken cancellation)
    {
        if (await MakeAsync(copy, cancellation).ConfigureAwait(false) is { } reason)
        {
            Log.CopyFailed(log, copy.Original, copy.Output, reason);
            await catalogue.CopyFailedAsync(copy.Output, copy.Generation, reason, cancellation).ConfigureAwait(false);
        }
        else if (await catalogue.CopiedAsync(copy.Output, copy.Generation, cancellation).ConfigureAwait(false))
        {
            notes.Succeeded(copy.Output);
        }
    }

    /// <returns>Why there is nothing to copy, or <see langword="null"/> when it is done, or another generation's by now.</returns>
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
            var files = new ResultFiles(copy.Original).All.Zip(new ResultFiles(copy.Output).All).ToArray();
            foreach (var (from, to) in files.SkipLast(1))
            {
                await CopyAsync(from, to, from == copy.Original ? original.Output.Sha256 : null, copy, cancellation).ConfigureAwait(false);
            }

            var metrics = original with
            {
                CopyOf = original.CopyOf ?? copy.Original,
                Generation = copy.Generation,
                Input = original.Input with { Path = SubmittedPath.Picture(copy.SourcePath) },
                Output = original.Output with { Path = copy.Output },
            };
            var json = System.Text.Encoding.UTF8.GetBytes(metrics.ToJson());
            await _results.WriteAsync(new ResultFiles(copy.Output).Metrics, stream => stream.Write(json), () => RequireDue(copy, cancellation), cancellation).ConfigureAwait(false);
        }
        catch (OutdatedException)
        {
            Log.OutdatedCopy(log, copy.Output, copy.Generation);
            return null;
        }
        catch (OtherContentException)
        {
            return $"The result '{copy.Original}' that '{copy.Output}' was to be a copy of holds other content by now.";
        }
        catch (FileNotFoundException)
        {
            return $"A part of the result '{copy.Original}' that '{copy.Output}' was to be a copy of is not there any more.";
        }

        Log.Copied(log, copy.Original, copy.Output);
        return null;
    }

    private async Task<RestorationMetrics?> MetricsAsync(string output, CancellationToken cancellation)
    {
        try
        {
            return await _results.ReadAsync(new ResultFiles(output).Metrics, cancellation).ConfigureAwait(false) is { } json
                ? RestorationMetrics.Parse(System.Text.Encoding.UTF8.GetString(json)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Written as the outer, read as the inner operation: what fails is begun anew as a whole.
    private async Task CopyAsync(string from, string to, string? expected, PendingCopy copy, CancellationToken cancellation)
    {
        var sha256 = "";
        if (await _results.FindAsync(from, cancellation).ConfigureAwait(false) is null)
        {
            throw new FileNotFoundException(null, from);
        }

        await _results.WriteAsync(
            to,
            target => _results.ReadAsync(from, source => sha256 = HashingCopy.Sha256(source, target), cancellation).GetAwaiter().GetResult(),
            () =>
            {
                RequireDue(copy, cancellation);
                if (expected is not null && sha256 != expected)
                {
                    throw new OtherContentException();
                }
            },
            cancellation).ConfigureAwait(false);
    }

    // As each file is about to take its name: what is newer is entered before it is begun.
    private void RequireDue(PendingCopy copy, CancellationToken cancellation)
    {
        if (!catalogue.IsDueAsync(copy, cancellation).GetAwaiter().GetResult())
        {
            throw new OutdatedException();
        }
    }

    private sealed class OutdatedException : Exception;

    private sealed class OtherContentException : Exception;
}
