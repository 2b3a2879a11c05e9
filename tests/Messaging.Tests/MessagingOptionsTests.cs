using MassTransit;
using MassTransit.UsageTracking;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging.Tests;

public sealed class MessagingOptionsTests
{
    [Theory]
    [InlineData("RabbitMq", "http://localhost", "Messaging:RabbitMq has the scheme 'http'; accepted: amqp://user:password@host:port/vhost, or amqps.")]
    [InlineData("RabbitMq", "localhost:5672", "Messaging:RabbitMq has the scheme 'localhost'; accepted: amqp://user:password@host:port/vhost, or amqps.")]
    [InlineData("RabbitMq", "broker", "Messaging:RabbitMq is no address; accepted: amqp://user:password@host:port/vhost, or amqps.")]
    [InlineData("Heartbeat", "00:00:00.5", "Messaging:Heartbeat is 00:00:00.5000000; accepted: 00:00:01 to 00:10:00.")]
    [InlineData("ConfirmTimeout", "00:00:00", "Messaging:ConfirmTimeout is 00:00:00; accepted: 00:00:00.1000000 to 00:10:00.")]
    [InlineData("ReturnDelay", "01:00:00", "Messaging:ReturnDelay is 01:00:00; accepted: 00:00:00.0100000 to 00:10:00.")]
    [InlineData("EventBatch", "0", "Messaging:EventBatch is 0; accepted: 1 to 1000.")]
    [InlineData("TransientCapacity", "0", "Messaging:TransientCapacity is 0; accepted: 1 to 100000.")]
    [InlineData("ConsumerStopTimeout", "00:00:16", "Messaging:ConsumerStopTimeout is 00:00:16; accepted: more than 0, at most StopTimeout (00:00:15).")]
    [InlineData("ConsumerStopTimeout", "00:00:00", "Messaging:ConsumerStopTimeout is 00:00:00; accepted: more than 0, at most StopTimeout (00:00:15).")]
    [InlineData("StopTimeout", "00:00:31", "Messaging:StopTimeout is 00:00:31; accepted: at most the time that the process has, Host:StopTimeout of a Host (00:00:30).")]
    public async Task Start_BadValue_SaysWhatWouldBeAccepted(string name, string value, string expected)
    {
        using var host = Build([(name, value)]);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal([expected], error.Failures);
    }

    [Fact]
    public async Task Start_ManyFaults_NamesAllAtOnce()
    {
        using var host = Build([("Heartbeat", "0"), ("EventBatch", "-1"), ("StopTimeout", "1:0:0")], roles => roles.Host(65).Watcher());

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(3 + 1 + 6, error.Failures.Count());
        Assert.Contains("The Host has 65 slots; accepted: 1 to 64.", error.Failures);
        Assert.Contains("No IMessageHandler<RestoreImage> is registered, which the roles of this process need.", error.Failures);
        Assert.Contains("No IMessageHandler<IReadOnlyList<IJobEvent>> is registered, which the roles of this process need.", error.Failures);
    }

    [Fact]
    public async Task Start_AddressWithPassword_FaultDoesNotShowIt()
    {
        using var host = Build([("RabbitMq", "amqp:///secret"), ("Heartbeat", "0")]);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Contains("Messaging:RabbitMq names no host; accepted: amqp://user:password@host:port/vhost, or amqps.", error.Failures);
    }

    [Fact]
    public void Defaults_StopTimes_FitInTheProcessesOwn()
    {
        var options = new MessagingOptions();

        Assert.True(options.ConsumerStopTimeout <= options.StopTimeout);
        Assert.True(options.StopTimeout <= new HostOptions().ShutdownTimeout);
        // A process of the pipeline ends within 20 s.
        Assert.True(options.StopTimeout <= TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Start_StopTimes_AreMassTransits()
    {
        await using var node = await Node.StartAsync(null, roles => roles.Host(1), ("ConsumerStopTimeout", "00:00:03"), ("StopTimeout", "00:00:04"));

        var bus = node.Services.GetRequiredService<IOptions<MassTransitHostOptions>>().Value;
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)), (bus.ConsumerStopTimeout, bus.StopTimeout));
    }

    [Fact]
    public async Task Start_UsageTelemetry_IsOff()
    {
        await using var node = await Node.StartAsync(null, roles => roles.Host(1).Watcher());

        Assert.False(node.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
        Assert.Null(node.Services.GetService<IUsageTracker>());
    }

    [Fact]
    public async Task Start_NoRole_SendsInMemory()
    {
        await using var node = await Node.StartAsync(null);

        await node.Bus.SendAsync(Messages.Submission, TestContext.Current.CancellationToken);

        Assert.True(node.Health.Check().IsConnected);
    }

    private static IHost Build((string Name, string Value)[] settings, Action<MessagingRoles>? roles = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>($"Messaging:{setting.Name}", setting.Value)));
        builder.Services.AddMessaging(builder.Configuration.GetSection(MessagingOptions.Section), roles);
        return builder.Build();
    }
}
