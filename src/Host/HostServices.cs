using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Messaging;
using DipPipeline.Messaging.Handling;
using DipPipeline.PluginHost;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

public static class HostServices
{
    /// <summary>Live checks: a failure asks for a restart.</summary>
    public const string LiveTag = HealthProbe.Live;

    /// <summary>Ready checks: a failure keeps work away.</summary>
    public const string ReadyTag = HealthProbe.Ready;

    /// <summary>The sections of settings that the program has.</summary>
    internal static IReadOnlyDictionary<string, Type> Sections { get; } = new Dictionary<string, Type>
    {
        [StorageOptions.Section] = typeof(StorageOptions),
        [S3Options.Section] = typeof(S3Options),
        [MessagingOptions.Section] = typeof(MessagingOptions),
        [HostOptions.Section] = typeof(HostOptions),
        [HealthOptions.Section] = typeof(HealthOptions),
    };

    /// <summary>Adds the worker, as section <c>Host</c> says. Storage and messaging, with the Host's role, are the caller's to add.</summary>
    public static IServiceCollection AddHost(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<HostOptions>().Bind(configuration.GetSection(HostOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HostOptions>, AnnotationsValidator<HostOptions>>();
        services.AddSingleton<IValidateOptions<HostOptions>, HostOptionsRules>();
        // The end of a chain: consumers stop within the bus's time, the bus within the process's.
        services.AddOptions<Microsoft.Extensions.Hosting.HostOptions>().Configure<IOptions<HostOptions>>((process, host) => process.ShutdownTimeout = host.Value.StopTimeout);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(s => PluginCatalogue.Scan(Plugins(s.GetRequiredService<IOptions<HostOptions>>().Value)));
        services.AddSingleton<Pulses>().AddSingleton(s => new HostIdentity(s.GetRequiredService<IOptions<HostOptions>>(), DeviceProbe.ResolveAll, DeviceProbe.Computes)).AddSingleton<RunningJobs>().AddSingleton<SlotGate>().AddSingleton<DeviceFault>();
        services.AddSingleton<ClaimDesk>().AddSingleton<LateReleases>().AddSingleton<Optimisation>().AddSingleton<JobResult>().AddSingleton<SizeCheck>().AddSingleton<JobWork>().AddSingleton<Attempt>();
        services.AddScoped<IMessageHandler<RestoreImage>, RestoreImageHandler>();
        services.AddScoped<IMessageHandler<CancelRestoration>, CancelRestorationHandler>();
        services.AddHostedService(s => s.GetRequiredService<LateReleases>()).AddHostedService<HostAnnouncer>().AddHostedService<Drain>().AddHostedService<OrphanSweeper>();
        services.AddSingleton(s => new DeviceWatch(s.GetRequiredService<HostIdentity>().Devices, DeviceProbe.Computes, s.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks().AddCheck<LiveCheck>("host-live", tags: [LiveTag]).AddCheck<ReadyCheck>("host-ready", tags: [ReadyTag]);
        return services;
    }

    /// <summary>The slots of this Host, for the role of messaging.</summary>
    public static int Slots(IServiceProvider services) => services.GetRequiredService<HostIdentity>().Slots;

    private static PluginHostOptions Plugins(HostOptions options) => new()
    {
        Folder = PluginFolder.Locate(options.Plugins),
        AllowedHashes = options.AllowedPlugins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
    };
}
