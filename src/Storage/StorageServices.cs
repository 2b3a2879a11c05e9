using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Registry;
using Polly.Retry;
using Polly.Telemetry;

namespace DipPipeline.Storage;

public static class StorageServices
{
    private const string Inputs = "storage-inputs";
    private const string Results = "storage-results";

    /// <summary>Adds <see cref="PipelineStorage"/>, as section <c>Storage</c> says.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        // An operation that went well is not worth a line of a worker's log.
        services.Configure<TelemetryOptions>(telemetry => telemetry.SeverityProvider =
            e => e.Event.Severity == ResilienceEventSeverity.Information ? ResilienceEventSeverity.Debug : e.Event.Severity);
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, AnnotationsValidator<StorageOptions>>();
        services.AddSingleton<IStoreKind, FolderKind>().AddSingleton<StoreKinds>().AddSingleton<IValidateOptions<StorageOptions>>(s => s.GetRequiredService<StoreKinds>());
        AddPipeline(services, Inputs, isOurs: false);
        AddPipeline(services, Results, isOurs: true);
        return services.AddSingleton(s =>
        {
            var options = s.GetRequiredService<IOptions<StorageOptions>>().Value;
            return new PipelineStorage(Resilient(s, Inputs, options.Inputs, isOurs: false), Resilient(s, Results, options.Results, isOurs: true));
        });
    }

    private static ResilientArtifactStore Resilient(IServiceProvider services, string name, string root, bool isOurs) =>
        new(services.GetRequiredService<StoreKinds>().Open(root), services.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline(name), isOurs);

    // Total time-out, then retries, then a time-out of each attempt: from the outside in. Telemetry comes with the registration.
    private static void AddPipeline(IServiceCollection services, string name, bool isOurs) =>
        services.AddResiliencePipeline(name, (pipeline, context) =>
        {
            var options = context.ServiceProvider.GetRequiredService<IOptions<StorageOptions>>().Value;
            pipeline.AddTimeout(options.TotalTimeout);
            if (options.Retries > 0)
            {
                pipeline.AddRetry(new RetryStrategyOptions
                {
                    ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } e && ResilientArtifactStore.MayPass(e, isOurs)),
                    MaxRetryAttempts = options.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.RetryDelay,
                    MaxDelay = TimeSpan.FromSeconds(15),
                });
            }

            pipeline.AddTimeout(options.AttemptTimeout);
        });
}
