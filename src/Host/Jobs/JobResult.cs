using System.Text.Json;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Restoration;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>What stands at a job's output, and how a result gets there.</summary>
internal sealed class JobResult(PipelineStorage storage)
{
    /// <summary>The metrics document at the job's output: the commit mark. <see langword="null"/> where there is none, or it is not ours.</summary>
    public async Task<RestorationMetrics?> FindAsync(string output, CancellationToken cancellation)
    {
        try
        {
            return await storage.Results.ReadAsync(Names(output).Metrics, cancellation).ConfigureAwait(false) is { } json
                ? RestorationMetrics.Parse(System.Text.Encoding.UTF8.GetString(json)) : null;
        }
        catch (JsonException)
        {
            return null; // Somebody else's document, or an older version's: it commits nothing.
        }
    }

    /// <summary>Copies the outputs of a restoration from its scratch folder to where they belong, the metrics last.</summary>
    /// <returns>The metrics as they stand there.</returns>
    public async Task<RestorationMetrics> CommitAsync(RestoreImage message, Scratch scratch, RestorationMetrics metrics, CancellationToken cancellation)
    {
        var (from, to) = (new OutputPaths(message.Picture.Path, scratch.Outputs), Names(message.Output));
        await Task.WhenAll(
            CopyAsync(from.Picture, to.Picture, cancellation),
            CopyAsync(from.Curve, to.Curve, cancellation),
            CopyAsync(from.Preview, to.Preview, cancellation)).ConfigureAwait(false);
        metrics = metrics with
        {
            Generation = message.Generation,
            Input = metrics.Input with { Path = message.Picture.Path },
            Output = metrics.Output with { Path = message.Output },
        };
        var json = System.Text.Encoding.UTF8.GetBytes(metrics.ToJson());
        await storage.Results.WriteAsync(to.Metrics, stream => stream.Write(json), cancellation).ConfigureAwait(false);
        return metrics;
    }

    private Task CopyAsync(string from, string to, CancellationToken cancellation) => storage.Results.WriteAsync(to, stream =>
    {
        using var file = File.OpenRead(from);
        file.CopyTo(stream);
    }, cancellation);

    // photo.png and photo.jpg.png alike end in .png, so that the stem is what OutputPaths makes of the output itself.
    private static OutputPaths Names(string output)
    {
        var folder = output.Contains('/', StringComparison.Ordinal) ? output[..output.LastIndexOf('/')] : "";
        return new OutputPaths(output, folder);
    }
}
