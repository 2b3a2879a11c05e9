using System.Text.Json;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Restoration;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>A newer job's result stands at the output: this one's is not wanted any more.</summary>
internal sealed class SupersededException(string output, int generation)
    : Exception($"'{output}' holds the result of a newer job, of generation {generation}");

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

    /// <summary>
    /// Copies the outputs of a restoration from its scratch folder to where they belong, the metrics last. Whether a newer job's result
    /// stands there is asked again as each file is about to take its name: storage may have held one up for minutes.
    /// </summary>
    /// <returns>The metrics as they stand there.</returns>
    /// <exception cref="SupersededException">A newer job's result stands there.</exception>
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

        Task WriteAsync(string target, Action<Stream> content) => storage.Results.WriteAsync(target, stream =>
        {
            content(stream);
            RequireNewest(message, cancellation);
        }, cancellation);
    }

    private void RequireNewest(RestoreImage message, CancellationToken cancellation)
    {
        if (FindAsync(message.Output, cancellation).GetAwaiter().GetResult() is { } other && other.Generation > message.Generation)
        {
            throw new SupersededException(message.Output, other.Generation);
        }
    }
}
