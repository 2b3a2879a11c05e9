using System.Runtime.CompilerServices;
using DipPipeline.Engine.Restoration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Restore;

internal static class RestoreServices
{
    public static IServiceCollection AddRestore(this IServiceCollection services) => services
        .AddSingleton(Engine)
        .AddSingleton<ProgressDisplay>()
        .AddSingleton<RestoreRun>();

    // Apart, so that the engine's assemblies load when the first picture is restored and not before.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RestorePicture Engine(IServiceProvider services) => new PictureRestorer(services.GetRequiredService<TimeProvider>()).Restore;
}
