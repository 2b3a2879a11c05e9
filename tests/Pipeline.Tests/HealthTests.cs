using System.Net;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Pipeline.Tests;

/// <summary><c>/health/live</c> and <c>/health/ready</c> of the programs.</summary>
public sealed class HealthTests(Servers servers) : IDisposable
{
    private readonly HttpClient _client = new();

    [Fact]
    public async Task BrokerGone_BothStayAliveAndAreNotReady_UntilItIsBack()
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        await using var broker = await RabbitMqServer.StartNewAsync();
        await using var farm = await Farm.SharedAsync(broker);
        var (watcher, host) = (FreePort.Next(), FreePort.Next());
        farm.StartWatcher(("Health__Port", $"{watcher}"));
        farm.StartHost("one", ("Health__Port", $"{host}"));
        await UntilAsync(farm, HttpStatusCode.OK, watcher, host);
        await AssertAliveAsync(watcher, host);

        await broker.StopAsync();
        await UntilAsync(farm, HttpStatusCode.ServiceUnavailable, watcher, host);
        await AssertAliveAsync(watcher, host);

        await broker.StartAsync();
        await UntilAsync(farm, HttpStatusCode.OK, watcher, host);
    }

    [Fact]
    public async Task HostWithoutPlugins_IsAliveAndNotReady_AndSaysWhy()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        var port = FreePort.Next();
        var empty = Directory.CreateDirectory(Path.Join(farm.Folder, "empty")).FullName;
        await farm.ReadyAsync(farm.StartHost("one", ("Health__Port", $"{port}"), ("Host__Plugins", empty)), "is ready");

        var (status, body) = await AskAsync(port, "ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("No plugin can be used: there is none.", body, StringComparison.Ordinal);
        await AssertAliveAsync(port);
    }

    [Fact]
    public async Task HostWithoutOneOfItsPlugins_IsReadyAndSaysWhich()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Install("artifacts/fixtures/ThrowsOnLoad");
        var port = FreePort.Next();
        farm.StartHost("one", ("Health__Port", $"{port}"));

        await UntilAsync(farm, HttpStatusCode.OK, port);

        var (_, body) = await AskAsync(port, "ready");
        Assert.Contains("\"status\":\"Degraded\"", body, StringComparison.Ordinal);
        Assert.Contains("1 of 3 plugins cannot be used", body, StringComparison.Ordinal);
    }

    public void Dispose() => _client.Dispose();

    private Task UntilAsync(Farm farm, HttpStatusCode status, params int[] ports) => farm.UntilAsync(
        async () => (await Task.WhenAll(ports.Select(port => AskAsync(port, "ready")))).All(answer => answer.Status == status), $"all are {status}");

    private async Task AssertAliveAsync(params int[] ports) =>
        Assert.All(await Task.WhenAll(ports.Select(port => AskAsync(port, "live"))), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));

    private async Task<(HttpStatusCode? Status, string Body)> AskAsync(int port, string what)
    {
        try
        {
            using var response = await _client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/{what}"), TestContext.Current.CancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        catch (HttpRequestException)
        {
            return (null, ""); // Not listening yet.
        }
    }
}
