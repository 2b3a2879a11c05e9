using DipPipeline.Contracts;
using DipPipeline.PluginHost;

try
{
    foreach (var assembly in args)
    {
        PluginPackager.Write(assembly);
    }

    return 0;
}
catch (RefusedException e)
{
    // The form that makes it an error of the build, wherever it runs.
    Console.Error.WriteLine($"PackPlugin : error DIP0001: {e.Message.ReplaceLineEndings(" ")}");
    return 1;
}
