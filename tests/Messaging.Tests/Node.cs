using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Messaging.Tests;

/// <summary>One process of the pipeline, as far as messages go: an application of its own in this process.</summary>
internal sealed class Node : IAsyncDisposable
{
    /// <summary>For what a test waits for at most; generous, as two brokers may start on a busy machine meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    public Node(Uri? address, Action<MessagingRoles>? roles = null, params (string Name, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            [new("Messaging:RabbitMq", address?.ToString()), .. settings.Select(setting => new KeyValuePair<string, string?>($"Messaging:{setting.Name}", setting.Value))]);
        builder.Services.AddMessaging(builder.Configuration.GetSection(MessagingOptions.Section), roles);
        builder.Services.AddSingleton<IMessageHandler<RestoreImage>>(Jobs);
        builder.Services.AddSingleton<IMessageHandler<CancelRestoration>>(Cancellations);
        builder.Services.AddSingleton<IMessageHandler<IReadOnlyList<IJobEvent>>>(Events);
        builder.Services.AddSingleton<IMessageHandler<SubmitRestoration>>(Submissions);
        builder.Services.AddSingleton<IMessageHandler<RestorationProgressed>>(Progress);
        builder.Services.AddSingleton<IMessageHandler<HostAnnounced>>(Announcements);
        if (Environment.GetEnvironmentVariable("DIP_TEST_LOG") == "1")
        {
            builder.Logging.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ").SetMinimumLevel(LogLevel.Debug);
        }

        _host = builder.Build();
    }

    public Received<RestoreImage> Jobs { get; } = new();

    public Received<CancelRestoration> Cancellations { get; } = new();

    public Received<IReadOnlyList<IJobEvent>> Events { get; } = new();

    public Received<SubmitRestoration> Submissions { get; } = new();

    public Received<RestorationProgressed> Progress { get; } = new();

    public Received<HostAnnounced> Announcements { get; } = new();

    public IServiceProvider Services => _host.Services;

    public IPipelineBus Bus => Services.GetRequiredService<IPipelineBus>();

    public IRestoreQueue Queue => Services.GetRequiredService<IRestoreQueue>();

    public IBusHealth Health => Services.GetRequiredService<IBusHealth>();

    /// <summary>Started, and connected.</summary>
    public static async Task<Node> StartAsync(Uri? address, Action<MessagingRoles>? roles = null, params (string Name, string Value)[] settings)
    {
        var node = new Node(address, roles, settings);
        await node.StartAsync();
        await node.ConnectedAsync();
        return node;
    }

    public Task StartAsync() => _host.StartAsync();

    public async Task ConnectedAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await Health.WaitUntilConnectedAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Not connected within {Patience}: {Health.Check().Reason}");
        }
    }

    public async Task DisconnectedAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await Services.GetRequiredService<BusHealth>().WaitUntilAsync(status => !status.IsConnected, deadline.Token);
    }

    /// <summary>Returns when health gives this reason.</summary>
    public async Task ReasonAsync(string part)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await Services.GetRequiredService<BusHealth>().WaitUntilAsync(status => status.Reason.Contains(part, StringComparison.Ordinal), deadline.Token);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
