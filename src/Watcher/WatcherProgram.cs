using DipPipeline.Jobs;
using DipPipeline.Messaging;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>The executable: settings as <see cref="ProgramSettings"/> reads them.</summary>
internal static class WatcherProgram
{
    private const int Stopped = 0;
    private const int Failed = 1;
    private const int BadConfiguration = 2;

    private static readonly Dictionary<string, Type> s_sections = new()
    {
        [StorageOptions.Section] = typeof(StorageOptions),
        [S3Options.Section] = typeof(S3Options),
        [MessagingOptions.Section] = typeof(MessagingOptions),
        ["Jobs"] = typeof(JobsOptions),
        [WatcherOptions.Section] = typeof(WatcherOptions),
        [HealthOptions.Section] = typeof(HealthOptions),
    };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var asked = ProgramSwitches.Read(args);
            if (asked.Health is { } what)
            {
                return await HealthProbe.AskAsync(ProgramSettings.Read(asked.Settings), what, Console.Error).ConfigureAwait(false);
            }

            using var host = Build(asked.Settings);
            if (asked.Check)
            {
                SettingsCheck.Run(host.Services, s_sections);
                return Stopped;
            }

            // Before the services are made, of which the first that reads a bad section would be all that is heard of.
            host.Services.GetService<IStartupValidator>()?.Validate();
            var status = host.Services.GetRequiredService<WatcherStatus>();
            await host.RunAsync().ConfigureAwait(false);
            return status.Fault is { } fault ? throw fault : Stopped;
        }
        catch (Exception e) when (StartFault.Sentences(e) is { Count: > 0 } sentences)
        {
            foreach (var sentence in sentences)
            {
                await Console.Error.WriteLineAsync(sentence).ConfigureAwait(false);
            }

            return BadConfiguration;
        }
        // The program's last boundary.
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"The Watcher ended: {e.Message}").ConfigureAwait(false);
            return Failed;
        }
    }

    internal static IHost Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var configuration = builder.Configuration;
        ProgramSettings.AddSecrets(configuration, args);
        // Probes and scalers ask all day: six lines for each would bury the rest.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddOptions<HealthOptions>().Bind(configuration.GetSection(HealthOptions.Section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HealthOptions>, AnnotationsValidator<HealthOptions>>();
        builder.Services.AddWatcherHealth();
        builder.Services.AddMessaging(configuration.GetSection(MessagingOptions.Section), roles => roles.Watcher());
        builder.Services.AddWatcher(configuration);
        var port = configuration.GetValue($"{HealthOptions.Section}:{nameof(HealthOptions.Port)}", 0);
        // Health and backlog alone are served, and only where they are asked for.
        if (port is <= 0 or > 65535)
        {
            builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.Server.IServer, NoServer>();
        }
        else
        {
            builder.WebHost.UseUrls($"http://*:{port}");
        }

        var application = builder.Build();
        application.MapHealthChecks("/health/live", new() { Predicate = check => check.Name == WatcherHealth.Live, ResponseWriter = HealthAnswer.WriteAsync });
        application.MapHealthChecks("/health/ready", new() { Predicate = check => check.Name == WatcherHealth.Ready, ResponseWriter = HealthAnswer.WriteAsync });
        application.MapBacklog();
        return application;
    }
}
