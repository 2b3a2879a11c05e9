using DipPipeline.Cli.Plugins;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Contracts;
using DipPipeline.Host;
using DipPipeline.Jobs;
using DipPipeline.Messaging;
using DipPipeline.PluginHost;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using DipPipeline.Watcher;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Cli.Pipeline;

/// <summary>The whole pipeline in this process: the Watcher and one Host, on the bus, catalogue and storage that the settings name.</summary>
internal static class PipelineProcess
{
    /// <param name="settings">As <see cref="PipelineSettings"/> reads them.</param>
    /// <param name="quiet">Only warnings are logged.</param>
    public static IHost Build(IConfigurationRoot settings, bool quiet = false)
    {
        var builder = HealthPort.CreateEmptyBuilder(settings, "dip");
        builder.Configuration["Host:AllowedPlugins"] ??= Environment.GetEnvironmentVariable(AllowedHashes.Variable) ?? "";
        builder.Configuration["Host:Plugins"] ??= PluginFolder.Locate();
        builder.Configuration["Watcher:Plugins"] ??= PluginFolder.Locate();
        builder.Logging
            .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "))
            .AddFilter("", LogLevel.Warning)
            .AddFilter("DipPipeline", quiet ? LogLevel.Warning : LogLevel.Information);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddStorage(builder.Configuration).AddS3Storage(builder.Configuration);
        builder.Services.AddMessaging(builder.Configuration.GetSection(MessagingOptions.Section), roles => roles.Host(HostServices.Slots).Watcher());
        builder.Services.AddHost(builder.Configuration);
        builder.Services.AddWatcher(builder.Configuration);
        builder.Services.AddWatcherHealth();
        return HealthPort.Build(builder, endpoints => endpoints.MapBacklog());
    }

    /// <summary>The sections of settings that the pipeline has.</summary>
    public static IReadOnlyDictionary<string, Type> Sections { get; } = new Dictionary<string, Type>
    {
        [StorageOptions.Section] = typeof(StorageOptions),
        [S3Options.Section] = typeof(S3Options),
        [MessagingOptions.Section] = typeof(MessagingOptions),
        ["Jobs"] = typeof(JobsOptions),
        [WatcherOptions.Section] = typeof(WatcherOptions),
        [Host.HostOptions.Section] = typeof(Host.HostOptions),
        [HealthOptions.Section] = typeof(HealthOptions),
    };

    /// <summary>Says what is wrong with the settings, without running anything.</summary>
    /// <exception cref="RefusedException">Something is.</exception>
    public static int Check(IHost pipeline)
    {
        try
        {
            SettingsCheck.Run(pipeline.Services, Sections);
            return ExitCode.Done;
        }
        catch (AggregateException e) when (StartFault.Sentences(e) is { Count: > 0 } sentences)
        {
            throw new RefusedException(string.Join(" ", sentences), e);
        }
    }

    /// <summary>Runs a command's work while the pipeline runs, and stops it in good order.</summary>
    /// <param name="pipeline">Built, not started.</param>
    /// <param name="work">Cancelled when a person stops the command, or a service of the pipeline gives up.</param>
    /// <param name="stop">A person stops the command.</param>
    /// <returns>The exit code: the work's, or that of what cancelled it.</returns>
    /// <exception cref="RefusedException">A setting is wrong.</exception>
    public static int Run(IHost pipeline, Func<CancellationToken, Task<int>> work, CancellationToken stop)
    {
        try
        {
            return Task.Run(async () =>
            {
                // Before the services are made, of which the first that reads a bad section would be all that is heard of.
                pipeline.Services.GetService<IStartupValidator>()?.Validate();
                await pipeline.StartAsync(stop).ConfigureAwait(false);
                try
                {
                    // Either may end it: a signal, or a service that cannot go on.
                    using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, pipeline.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
                    return await work(ended.Token).ConfigureAwait(false);
                }
                finally
                {
                    await pipeline.StopAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not RefusedException && StartFault.Sentences(e) is { Count: > 0 } sentences)
        {
            throw new RefusedException(string.Join(" ", sentences), e);
        }
        catch (OperationCanceledException)
        {
            // What a service gave up for stands in the log.
            return stop.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Failed;
        }
    }
}
