using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Bench;

internal static class BenchServices
{
    public static IServiceCollection AddBench(this IServiceCollection services) => services
        .AddSingleton<OwnProgram>()
        .AddSingleton<EngineBench>()
        .AddSingleton<IterationWorker>()
        .AddSingleton<RestorationWorker>();
}
