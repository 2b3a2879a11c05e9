using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DipPipeline.Storage.S3;

public static class S3Services
{
    /// <summary>Has the roots of section <c>Storage</c> be prefixes of buckets too, whose server section <c>Storage:S3</c> names. May be called twice.</summary>
    public static IServiceCollection AddS3Storage(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (services.Any(s => s.ImplementationType == typeof(S3Kind)))
        {
            return services;
        }

        services.AddOptions<S3Options>().Bind(configuration.GetSection(S3Options.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<S3Options>, AnnotationsValidator<S3Options>>();
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton<IStoreKind, S3Kind>();
    }
}
