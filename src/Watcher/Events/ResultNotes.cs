using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Says beside where a result would be why there is none: <c>photo.error.json</c>, removed by a later success. For people only, so it
/// holds up nothing: written when the storage allows, and lost with the process.
/// </summary>
internal sealed class ResultNotes(JobCatalogue catalogue, PipelineStorage storage, Pulses pulses, TimeProvider time, ILogger<ResultNotes> log) : BackgroundService
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // More than is ever outstanding, unless ends go to another process.
    private const int MostOutputs = 100_000;

    private readonly ConcurrentDictionary<string, string> _outputs = new(StringComparer.Ordinal);
    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Where the result of a published job goes, so that the catalogue need not be asked when it ends.</summary>
    public void Published(string jobId, string output)
    {
        if (_outputs.Count >= MostOutputs)
        {
            _outputs.Clear();
        }

        _outputs[jobId] = output;
    }

    /// <param name="output">The result's path.</param>
    public void Refused(string output, string jobId, string reason) => _items.Writer.TryWrite(new(jobId, output, new Reason(jobId, "rejected", reason, time.GetUtcNow())));

    /// <param name="output">The result's path.</param>
    public void Succeeded(string output) => _items.Writer.TryWrite(new(null, output, null));

    /// <summary>What a Host said, and the catalogue took.</summary>
    public void Note(IJobEvent said)
    {
        var item = said switch
        {
            RestorationCompleted => new Item(said.JobId, null, null),
            RestorationRejected e => new Item(e.JobId, null, new Reason(e.JobId, "rejected", e.Reason, time.GetUtcNow())),
            RestorationFailed e => new Item(e.JobId, null, new Reason(e.JobId, "failed", e.Reason, time.GetUtcNow())),
            _ => null,
        };
        if (item is not null)
        {
            _items.Writer.TryWrite(item);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pulse = pulses.Of("writing notes beside results", Work.LongestSilence);
        await foreach (var item in _items.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            pulse.Beat();
            try
            {
                await WriteAsync(item, stoppingToken).ConfigureAwait(false);
            }
            // It stands in the catalogue in any case.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NoteFailed(log, e, item.Output ?? item.JobId ?? "");
            }

            pulse.Rest();
        }
    }

    private async Task WriteAsync(Item item, CancellationToken cancellation)
    {
        var output = item.Output ?? (_outputs.TryRemove(item.JobId!, out var published) ? published : null) ?? (await catalogue.FindAsync(item.JobId!, cancellation).ConfigureAwait(false))?.Summary.Output;
        if (output is null)
        {
            return;
        }

        var path = OutputNames.Error(output);
        if (item.Content is { } note)
        {
            await storage.Results.WriteVolatileAsync(path, JsonSerializer.SerializeToUtf8Bytes(note, s_json), cancellation).ConfigureAwait(false);
        }
        else
        {
            await storage.Results.DeleteAsync(path, cancellation).ConfigureAwait(false);
        }
    }

    private sealed record Item(string? JobId, string? Output, Reason? Content);

    private sealed record Reason(string JobId, string Status, [property: System.Text.Json.Serialization.JsonPropertyName("reason")] string Sentence, DateTimeOffset At);
}
