using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Tasks;
using DipPipeline.PluginHost;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Tests;

/// <summary>
/// The tool in a folder of its own, with real grammar, plans and plugin catalogue; in the place of the engine stands
/// <see cref="Restorer"/>, which records what it was asked for.
/// </summary>
internal sealed class Dip : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public Dip()
    {
        AddPlugin("Denoise", FixtureTasks.Denoise);
        AddPlugin("Inpainting", FixtureTasks.Inpaint);
        AddPlugin("SuperResolution", FixtureTasks.SuperResolution);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("dip-cli-").FullName;

    public string Out => Path.Join(Folder, "restored");

    internal FakeRestorer Restorer { get; } = new();

    internal bool IsInteractive { get; init; }

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What Ctrl-C does.</summary>
    public void Stop() => _stop.Cancel();

    public string AddFile(string name)
    {
        var path = Path.Join(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }

    public string[] AddFiles(params string[] names) => [.. names.Select(AddFile)];

    internal void AddPlugin(string name, TaskDescriptor task) =>
        File.WriteAllText(AddFile($"plugins/{name}/plugin.json"), new PluginManifest { Assembly = Path.GetFileName(AddFile($"plugins/{name}/Fixture.dll")), Type = "Fixture", Task = task }.ToJson());

    /// <summary>Takes fixture plugins, which do load, in the place of the descriptions that stand there.</summary>
    internal void UseFixtures(params string[] names)
    {
        Directory.Delete(Path.Join(Folder, "plugins"), recursive: true);
        foreach (var name in names)
        {
            var folder = Directory.CreateDirectory(Path.Join(Folder, "plugins", name)).FullName;
            foreach (var file in Directory.EnumerateFiles(Path.Join(Repository.Root, "artifacts/fixtures", name)))
            {
                File.Copy(file, Path.Join(folder, Path.GetFileName(file)));
            }
        }
    }

    /// <summary><c>dip restore</c> with the folder's own output.</summary>
    internal Ran Restore(params string[] args) => Run(["restore", "--out", Out, .. args]);

    internal Ran Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = DipCommand.Run(
            args,
            new Terminal(output, error, IsInteractive, () => 100),
            services => services
                .AddSingleton(new PluginHostOptions { Folder = Path.Join(Folder, "plugins") })
                .AddSingleton<LoadTask>(s => id => new FakePlugin(s.GetRequiredService<PluginCatalogue>().Describe(id)))
                .AddSingleton<RestorePicture>(Restorer.Restore)
                .AddSingleton(Time),
            _stop.Token);
        return new(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        _stop.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>What a run left: exit code, standard output, standard error.</summary>
internal sealed record Ran(int Code, string Out, string Error);
