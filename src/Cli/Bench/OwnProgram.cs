using System.Diagnostics;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Bench;

/// <summary>This program once more, in another process: with the same runtime and the same plugins.</summary>
internal sealed class OwnProgram(PluginHostOptions plugins)
{
    public ProcessStartInfo Start(params IReadOnlyList<string> arguments)
    {
        const string runtime = "dotnet";
        var program = Path.Join(AppContext.BaseDirectory, typeof(OwnProgram).Assembly.GetName().Name);
        var start = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == runtime
            ? new ProcessStartInfo(Environment.ProcessPath!, [program + ".dll", .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.Environment["DIP_PLUGINS"] = plugins.Folder;
        return start;
    }
}
