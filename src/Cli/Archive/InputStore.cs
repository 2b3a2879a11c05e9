using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Archive;

/// <summary>The pipeline's store of pictures, for who writes nothing: the folder of results is not made.</summary>
internal static class InputStore
{
    public static IServiceCollection AddInputs(this IServiceCollection services, IConfiguration settings)
    {
        var places = new ConfigurationBuilder().AddConfiguration(settings).AddInMemoryCollection([KeyValuePair.Create("Storage:Results", settings["Storage:Inputs"])]).Build();
        return services.AddLogging().AddStorage(places).AddS3Storage(places);
    }

    public static IArtifactStore Inputs(this IServiceProvider services) => services.GetRequiredService<PipelineStorage>().Inputs;
}
