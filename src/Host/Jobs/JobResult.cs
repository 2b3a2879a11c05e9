using System.Text.Json;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Restoration;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>The job was cancelled, or a newer one writes its output: its result is not wanted any more.</summary>
/// <param name="reason">One sentence.</param>
/// <param name="isMarked">A mark in the job's state says so, which stays for copies of its message.</param>
internal sealed class SupersededException(string reason, bool isMarked) : Exception(reason)
{
    public bool IsMarked { get; } = isMarked;
}

/// <summary>What stands at a job's output, and how a result gets there.</summary>
internal sealed class JobResult(PipelineStorage storage)
{
    /// <summary>The metrics document at the job's output: the commit mark. <see langword="null"/> where there is none, or it is not ours.</summary>
    public async Task<RestorationMetrics?> FindAsync(string output, CancellationToken cancellation)
    {
        try
        {
            return await storage.Results.ReadAsync(new ResultFiles(output).Metrics, cancellation).ConfigureAwait(false) is { } json
                ? RestorationMetrics.Parse(System.Text.Encoding.UTF8.GetString(json)) : null;
        }
        catch (JsonException)
        {
            return null; // Somebody else's document, or an older version's: it commits nothing.
        }
    }

    /// <summary>Why the job's result is not wanted any more, or <see langword="null"/>.</summary>
    public async Task<SupersededException?> UnwantedAsync(RestoreImage message, CancellationToken cancellation)
    {
        if (await storage.State(message.JobId).CancelledAsync(cancellation).ConfigureAwait(false) is { } cancel && cancel.Generation >= message.Generation)
        {
            return new SupersededException(cancel.Reason, isMarked: true);
        }

        return await FindAsync(message.Output, cancellation).ConfigureAwait(false) is { } other && other.Generation > message.Generation
            ? new SupersededException($"'{message.Output}' holds the result of a newer job, of generation {other.Generation}", isMarked: false)
            : null;
    }

    /// <summary>
    /// Copies the outputs of a restoration from its scratch folder to where they belong, the metrics last. Whether the result is still
    /// wanted is asked as each file is about to take its name, since storage may have held it up for minutes: a newer job of the same
    /// output is published only after the mark that cancels this one is in storage, so that it cannot have begun unseen.
    /// </summary>
    /// <returns>The metrics as they stand there.</returns>
    /// <exception cref="SupersededException">The result is not wanted any more.</exception>
    public async Task<RestorationMetrics> CommitAsync(RestoreImage message, Scratch scratch, RestorationMetrics metrics, CancellationToken cancellation)
    {
        var (from, to) = (new OutputPaths(message.Picture.Path, scratch.Outputs), new ResultFiles(message.Output));
        await Task.WhenAll(
            CopyAsync(from.Picture, to.Picture),
            CopyAsync(from.Curve, to.Curve),
            CopyAsync(from.Preview, to.Preview)).ConfigureAwait(false);
        metrics = metrics with
        {
            Generation = message.Generation,
            Input = metrics.Input with { Path = message.Picture.Path },
            Output = metrics.Output with { Path = message.Output },
        };
        var json = System.Text.Encoding.UTF8.GetBytes(metrics.ToJson());
        await WriteAsync(to.Metrics, stream => stream.Write(json)).ConfigureAwait(false);
        return metrics;

        Task CopyAsync(string source, string target) => WriteAsync(target, stream =>
        {
            using var file = File.OpenRead(source);
            file.CopyTo(stream);
        });

        Task WriteAsync(string target, Action<Stream> content) =>
            storage.Results.WriteAsync(target, content, () => RequireWanted(message, cancellation), cancellation);
    }

    private void RequireWanted(RestoreImage message, CancellationToken cancellation)
    {
        if (UnwantedAsync(message, cancellation).GetAwaiter().GetResult() is { } unwanted)
        {
            throw unwanted;
        }
    }
}
