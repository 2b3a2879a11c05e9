using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Messaging.Handling;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

public static class WatcherServices
{
    /// <summary>
    /// Adds the Watcher: its service, the catalogue (section <c>Jobs</c>), the storage (section <c>Storage</c>) where it is not there
    /// yet, and the handlers of the messages that it receives. The bus is the caller's, which knows all roles of the process:
    /// <c>services.AddMessaging(configuration.GetSection("Messaging"), roles => roles.Watcher())</c>, before this, so that the bus
    /// outlives the Watcher when the application stops.
    /// </summary>
    public static IServiceCollection AddWatcher(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (!services.Any(s => s.ServiceType == typeof(PipelineStorage)))
        {
            services.AddStorage(configuration).AddS3Storage(configuration);
        }

        services.AddJobCatalogue(configuration.GetSection("Jobs"));
        services.AddOptions<WatcherOptions>().Bind(configuration.GetSection(WatcherOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WatcherOptions>, WatcherOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Pulses>()
            .AddSingleton<TaskReader>()
            .AddSingleton<WatcherSignals>()
            .AddSingleton<WatcherStatus>()
            .AddSingleton<LiveSlots>()
            .AddSingleton<LatestProgress>()
            .AddSingleton<Publisher>()
            .AddSingleton<QueueFront>()
            .AddSingleton<SignsOfLife>()
            .AddSingleton<Reconciler>()
            .AddSingleton<CancelSender>()
            .AddSingleton<ResultNotes>()
            .AddSingleton<WatcherTerm>();
        services.AddScoped<IMessageHandler<IReadOnlyList<IJobEvent>>, JobEventsHandler>()
            .AddScoped<IMessageHandler<SubmitRestoration>, SubmissionHandler>()
            .AddScoped<IMessageHandler<RestorationProgressed>, ProgressHandler>()
            .AddScoped<IMessageHandler<HostAnnounced>, AnnouncementHandler>();
        return services
            .AddHostedService(s => s.GetRequiredService<ResultNotes>())
            .AddHostedService<WatcherService>();
    }
}
