using DipPipeline.Pipeline.Tests;
using DipPipeline.Tests.Servers;

[assembly: AssemblyFixture(typeof(Servers))]

// Signals, permissions, and servers where Debian puts them.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Each test runs several programs that compute.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace DipPipeline.Pipeline.Tests;

/// <summary>The broker of all tests; each has a virtual host, a database and folders of its own.</summary>
public sealed class Servers : IAsyncLifetime
{
    private RabbitMqServer? _broker;

    internal RabbitMqServer Broker
    {
        get
        {
            Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
            return _broker!;
        }
    }

    public async ValueTask InitializeAsync() => _broker = RabbitMqServer.IsInstalled ? await RabbitMqServer.StartNewAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}
