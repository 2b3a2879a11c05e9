using DipPipeline.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>The executable: settings from <c>appsettings.json</c> beside it if there is one, environment variables and arguments.</summary>
internal static class WatcherProgram
{
    private const string Live = "live";
    private const string Ready = "ready";
    private const int Stopped = 0;
    private const int Failed = 1;
    private const int BadConfiguration = 2;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            using var host = Build(args);
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
        builder.Services.AddOptions<HealthOptions>().Bind(configuration.GetSection(HealthOptions.Section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HealthOptions>, AnnotationsValidator<HealthOptions>>();
        builder.Services.AddHealthChecks().AddCheck<LiveCheck>(Live).AddCheck<ReadyCheck>(Ready);
        builder.Services.AddMessaging(configuration.GetSection(MessagingOptions.Section), roles => roles.Watcher());
        builder.Services.AddWatcher(configuration);
        var port = configuration.GetValue($"{HealthOptions.Section}:{nameof(HealthOptions.Port)}", 0);
        // Health alone is served, and only where it is asked for.
        if (port is <= 0 or > 65535)
        {
            builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.Server.IServer, NoServer>();
        }
        else
        {
            builder.WebHost.UseUrls($"http://*:{port}");
        }

        var application = builder.Build();
        application.MapHealthChecks("/health/live", new() { Predicate = check => check.Name == Live });
        application.MapHealthChecks("/health/ready", new() { Predicate = check => check.Name == Ready });
        return application;
    }
}
