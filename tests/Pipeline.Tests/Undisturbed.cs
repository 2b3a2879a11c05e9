using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Pipeline.Tests;

/// <summary>What the engine alone makes of a picture, in one go, in this process.</summary>
internal static class Undisturbed
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_known = new();

    public static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    public static Task<string> Sha256Async(string picture, int iterations) =>
        s_known.GetOrAdd($"{Sha256(picture)} {iterations}", _ => new(() => Task.Run(() => Restore(picture, iterations)))).Value;

    private static string Restore(string picture, int iterations)
    {
        var folder = Directory.CreateTempSubdirectory("dip-undisturbed-").FullName;
        var plugin = new LikeNoWork();
        var options = OptionResolver.Resolve(plugin.Descriptor, "short", [KeyValuePair.Create("iterations", iterations.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        var metrics = new PictureRestorer(TimeProvider.System).Restore(
            new RestorationRequest { PicturePath = picture, Plugin = plugin, Preset = "short", Options = options, OutputFolder = folder, Device = "cpu" });
        Directory.Delete(folder, recursive: true);
        return metrics.Output.Sha256;
    }

    /// <summary>The fixture's energy and, read from its manifest, its options.</summary>
    private sealed class LikeNoWork : TaskPlugin
    {
        public override TaskDescriptor Descriptor { get; } = PluginManifest.Parse(File.ReadAllText(Path.Join(
            typeof(Farm).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "artifacts/fixtures/NoWork/plugin.json"))).Task;

        public override Problem Formulate(Observation observation, OptionSet options)
        {
            var x0 = observation.Picture;
            return new Problem { Energy = new LeastSquares(new Identity(), x0), Channels = (int)x0.shape[1], Height = (int)x0.shape[2], Width = (int)x0.shape[3] };
        }
    }
}
