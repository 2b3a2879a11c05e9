using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace DipPipeline.Tests.Servers;

/// <summary>The broker's HTTP interface: virtual hosts and queues.</summary>
internal sealed class RabbitMqManagement : IDisposable
{
    private static readonly string[] Nothing = [];

    private readonly HttpClient _client;

    public RabbitMqManagement(int port)
    {
        Port = port;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/"), Timeout = TimeSpan.FromSeconds(30) };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("guest:guest")));
    }

    public int Port { get; }

    /// <summary>A new empty virtual host; its name.</summary>
    public async Task<string> CreateVirtualHostAsync()
    {
        var name = $"test-{Guid.NewGuid():N}";
        using var response = await _client.PutAsync(Relative("vhosts", name), null);
        response.EnsureSuccessStatusCode();
        return name;
    }

    /// <summary>Users, virtual hosts and rights, as the broker would load them from a file.</summary>
    public async Task ImportAsync(string definitions)
    {
        using var content = new StringContent(definitions, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(Relative("definitions"), content);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>With all its queues, messages and connections: what a broker built anew has lost.</summary>
    public async Task DeleteVirtualHostAsync(string name)
    {
        using var response = await _client.DeleteAsync(Relative("vhosts", name));
        response.EnsureSuccessStatusCode();
    }

    public async Task RecreateVirtualHostAsync(string name)
    {
        await DeleteVirtualHostAsync(name);
        using var response = await _client.PutAsync(Relative("vhosts", name), null);
        response.EnsureSuccessStatusCode();
    }

    public async Task PurgeAsync(string virtualHost, string queue)
    {
        using var response = await _client.DeleteAsync(Relative("queues", virtualHost, queue, "contents"));
        response.EnsureSuccessStatusCode();
    }

    public async Task DeleteQueueAsync(string virtualHost, string queue)
    {
        using var response = await _client.DeleteAsync(Relative("queues", virtualHost, queue));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Declaration and counts (the latter up to a second old); <see langword="null"/> where there is no such queue.</summary>
    public async Task<JsonElement?> QueueAsync(string virtualHost, string queue)
    {
        using var response = await _client.GetAsync(Relative("queues", virtualHost, queue));
        return response.StatusCode == HttpStatusCode.NotFound ? null : await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<IReadOnlyList<string>> QueuesAsync(string virtualHost) =>
        await _client.GetFromJsonAsync<JsonElement>(Relative("queues", virtualHost)) is { ValueKind: JsonValueKind.Array } queues
            ? [.. queues.EnumerateArray().Select(queue => queue.GetProperty("name").GetString()!)]
            : Nothing;

    /// <summary>The queues that have a consumer.</summary>
    public async Task<IReadOnlyList<string>> ConsumedAsync(string virtualHost)
    {
        var consumers = await _client.GetFromJsonAsync<JsonElement>(Relative("consumers", virtualHost));
        return [.. consumers.EnumerateArray().Select(consumer => consumer.GetProperty("queue").GetProperty("name").GetString()!)];
    }

    /// <summary>Takes up to <paramref name="most"/> messages out of a queue: their bodies.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(string virtualHost, string queue, int most = 10)
    {
        using var response = await _client.PostAsJsonAsync(
            Relative("queues", virtualHost, queue, "get"), new { count = most, ackmode = "ack_requeue_false", encoding = "auto" });
        response.EnsureSuccessStatusCode();
        var messages = await response.Content.ReadFromJsonAsync<JsonElement>();
        return [.. messages.EnumerateArray().Select(message => message.GetProperty("payload").GetString()!)];
    }

    /// <summary>Takes a message out of a queue and puts it back twice; <see langword="false"/> where there is none.</summary>
    public async Task<bool> DoubleAsync(string virtualHost, string queue)
    {
        using var taken = await _client.PostAsJsonAsync(
            Relative("queues", virtualHost, queue, "get"), new { count = 1, ackmode = "ack_requeue_false", encoding = "auto" });
        taken.EnsureSuccessStatusCode();
        if (await taken.Content.ReadFromJsonAsync<JsonElement[]>() is not [var message])
        {
            return false;
        }

        var copy = new Dictionary<string, object>
        {
            ["routing_key"] = queue,
            ["properties"] = message.GetProperty("properties"),
            ["payload"] = message.GetProperty("payload"),
            ["payload_encoding"] = message.GetProperty("payload_encoding"),
        };
        for (var n = 0; n < 2; n++)
        {
            using var put = await _client.PostAsJsonAsync(Relative("exchanges", virtualHost, "amq.default", "publish"), copy);
            Assert.True((await put.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("routed").GetBoolean());
        }

        return true;
    }

    public void Dispose() => _client.Dispose();

    private static Uri Relative(params string[] path) => new(string.Join('/', path.Select(Uri.EscapeDataString)), UriKind.Relative);
}
