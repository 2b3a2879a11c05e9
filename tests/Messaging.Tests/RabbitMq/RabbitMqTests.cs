using System.Text.Json;
using DipPipeline.Messaging.Topology;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Messaging.Tests.RabbitMq;

/// <summary>A virtual host of its own for each test, and nodes on it.</summary>
public abstract class RabbitMqTests(Broker broker) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _owned = [];

    internal RabbitMqServer Server { get; private set; } = null!;

    internal string VirtualHost { get; private set; } = null!;

    internal Uri Address => Server.Address(VirtualHost);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (Server, VirtualHost) = await broker.EmptyAsync();

    public async ValueTask DisposeAsync()
    {
        _owned.Reverse();
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    internal T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    internal Task<Node> HostAsync(int slots = 1, params (string Name, string Value)[] settings) => StartAsync(Address, roles => roles.Host(slots), settings);

    internal Task<Node> WatcherAsync(params (string Name, string Value)[] settings) => StartAsync(Address, roles => roles.Watcher(), settings);

    internal Task<Node> SenderAsync(params (string Name, string Value)[] settings) => StartAsync(Address, null, settings);

    internal async Task<Node> StartAsync(Uri address, Action<MessagingRoles>? roles, params (string Name, string Value)[] settings) =>
        Own(await Node.StartAsync(address, roles, settings));

    internal async Task<JsonElement> QueueAsync(string queue = EndpointNames.RestoreImage) =>
        await Server.Management.QueueAsync(VirtualHost, queue) ?? throw new InvalidOperationException($"There is no queue {queue}.");

    /// <summary>What lies in a queue's error queue; nothing where there is none.</summary>
    internal async Task<IReadOnlyList<string>> ErrorsAsync(string queue = EndpointNames.RestoreImage) =>
        await Server.Management.QueueAsync(VirtualHost, queue + EndpointNames.ErrorSuffix) is null
            ? []
            : await Server.Management.TakeAsync(VirtualHost, queue + EndpointNames.ErrorSuffix);

    /// <summary>Messages ready in the queue of jobs.</summary>
    internal static async Task<int?> ReadyAsync(Node node) => (await node.Queue.DepthAsync(Token))?.Ready;
}
