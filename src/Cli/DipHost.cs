using DipPipeline.Cli.Bench;
using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli;

/// <summary>
/// Builds the host a command runs in: the empty builder, because <c>dip</c> starts often and reads
/// no settings file.
/// </summary>
internal static class DipHost
{
    public static IHost Build(Terminal terminal, Action<IServiceCollection>? replace)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "dip", ContentRootPath = AppContext.BaseDirectory });
        builder.Services
            .AddSingleton(terminal)
            .AddSingleton(TimeProvider.System)
            .AddPlugins()
            .AddRestore()
            .AddBench();
        replace?.Invoke(builder.Services);
        return builder.Build();
    }
}
