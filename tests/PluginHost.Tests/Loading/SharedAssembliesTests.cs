using System.Runtime.Loader;
using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.PluginHost.Tests.Loading;

public sealed class SharedAssembliesTests
{
    [Fact]
    public void Load_PluginShipsItsOwnTorchSharp_TensorsAreStillOfOneType()
    {
        using var plugins = new PluginsOnDisk("OwnTorchSharp");
        Assert.True(File.Exists(Path.Combine(plugins.Folder, "OwnTorchSharp", "TorchSharp.dll")));
        using var scope = torch.NewDisposeScope();

        var plugin = plugins.Scan().Load("own-torchsharp");
        using var observation = new Observation { Picture = torch.full([1, 3, 4, 5], 0.25f) };
        using var problem = plugin.Formulate(observation, OptionResolver.Resolve(plugin.Descriptor, null, []));
        var energy = problem.Energy.Evaluate(torch.full([1, 3, 4, 5], 0.75f));

        Assert.Equal(0.25f, energy.item<float>(), 6);
        var context = AssemblyLoadContext.GetLoadContext(plugin.GetType().Assembly)!;
        Assert.NotSame(AssemblyLoadContext.Default, context);
        Assert.DoesNotContain(context.Assemblies, a => a.GetName().Name is "TorchSharp" or "DipPipeline.Energy" or "DipPipeline.Contracts");
        Assert.Same(typeof(torch).Assembly, context.LoadFromAssemblyName(new("TorchSharp")));
    }

    [Fact]
    public void Load_PluginBringsALibrary_LoadsItForThePluginAlone()
    {
        using var plugins = new PluginsOnDisk("OwnTorchSharp");

        var context = AssemblyLoadContext.GetLoadContext(plugins.Scan().Load("own-torchsharp").GetType().Assembly)!;
        var protobuf = context.LoadFromAssemblyName(new("Google.Protobuf"));

        Assert.Same(context, AssemblyLoadContext.GetLoadContext(protobuf));
        Assert.StartsWith(plugins.Folder, protobuf.Location, StringComparison.Ordinal);
    }
}
