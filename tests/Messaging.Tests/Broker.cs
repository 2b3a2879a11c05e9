using DipPipeline.Messaging.Tests;
using DipPipeline.Tests.Servers;

[assembly: AssemblyFixture(typeof(Broker))]

namespace DipPipeline.Messaging.Tests;

/// <summary>The one broker of this test program, started by the first test that needs it.</summary>
public sealed class Broker : IAsyncDisposable
{
    private readonly Lazy<Task<RabbitMqServer>> _server = new(() => RabbitMqServer.StartNewAsync());

    internal Task<RabbitMqServer> ServerAsync()
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        return _server.Value;
    }

    /// <summary>An empty virtual host.</summary>
    internal async Task<(RabbitMqServer Server, string VirtualHost)> EmptyAsync()
    {
        var server = await ServerAsync();
        return (server, await server.Management.CreateVirtualHostAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
