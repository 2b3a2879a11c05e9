using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DipPipeline.Jobs;

public static class JobCatalogueServices
{
    /// <summary>Registers the one <see cref="JobCatalogue"/> of the process; its options are validated at start-up.</summary>
    /// <param name="section">The configuration section <c>Jobs</c>.</param>
    public static IServiceCollection AddJobCatalogue(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<JobsOptions>().Bind(section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<JobsOptions>, JobsOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IDbContextFactory<CatalogueContext>, CatalogueContextFactory>();
        services.TryAddSingleton(provider => new JobCatalogue(
            provider.GetRequiredService<IDbContextFactory<CatalogueContext>>(),
            provider.GetRequiredService<IOptions<JobsOptions>>(),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
