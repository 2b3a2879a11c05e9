using DipPipeline.Contracts.Tasks;
using DipPipeline.PluginHost;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Plugins;

internal static class PluginServices
{
    public static IServiceCollection AddPlugins(this IServiceCollection services) => services
        .AddSingleton(_ => new PluginHostOptions
        {
            Folder = PluginFolder.Locate(),
            AllowedHashes = AllowedHashes.Parse(Environment.GetEnvironmentVariable(AllowedHashes.Variable)),
        })
        .AddSingleton(s => PluginCatalogue.Scan(s.GetRequiredService<PluginHostOptions>()))
        .AddSingleton<LoadTask>(s => s.GetRequiredService<PluginCatalogue>().Load);
}
