using System.Diagnostics;
using System.Text.RegularExpressions;
using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.PluginHost.Tests.Packaging;

/// <summary>Does what docs/writing-a-plugin.md says, with the text of that page, outside the repository.</summary>
public sealed class WritingAPluginTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(PluginsOnDisk.RepositoryRoot, "docs/writing-a-plugin.md"));

    [Fact]
    public async Task Page_FollowedToTheLetter_GivesATaskThatDeblursAndRestoresAPicture()
    {
        using var disk = new PluginsOnDisk();
        var clone = Directory.CreateDirectory(Path.Combine(disk.Folder, "clone")).FullName;
        var plugins = Directory.CreateDirectory(Path.Combine(clone, "plugins")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(clone, "build"), Path.Combine(PluginsOnDisk.RepositoryRoot, "build"));
        var project = Directory.CreateDirectory(Path.Combine(disk.Folder, "Deblur")).FullName;
        File.WriteAllText(Path.Combine(project, "Deblur.csproj"), Block("Deblur.csproj", "xml"));
        File.WriteAllText(Path.Combine(project, "DeblurPlugin.cs"), Block("DeblurPlugin.cs", "csharp"));

        await RunAsync(project, clone, Block("In the folder `Deblur`:", "bash"));

        Assert.Equal(
            ["Deblur.deps.json", "Deblur.dll", "Deblur.pdb", "plugin.json"],
            Directory.EnumerateFiles(Path.Combine(plugins, "Deblur")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var catalogue = PluginCatalogue.Scan(new PluginHostOptions { Folder = plugins });
        Assert.Equal("E(x; x0) = ‖k ∗ x − x0‖²", catalogue.Describe("deblur").Formula);
        AssertDescends(catalogue.Load("deblur"));

        File.WriteAllText(Path.Combine(clone, "dip"), Tool(plugins));
        await RunAsync(project, clone, "chmod +x \"$DIP/dip\"");
        File.Copy(Path.Combine(PluginsOnDisk.RepositoryRoot, "samples/scene_small.png"), Path.Combine(project, "blurred.png"));
        var output = await RunAsync(project, clone, Block("Then, beside a picture `blurred.png`:", "bash"));

        Assert.Matches("(?m)^deblur +1.0.0 +Deblurring +available$", output);
        Assert.Contains("10 iterations", output, StringComparison.Ordinal);
        Assert.Contains("\"sigma\": \"2\"", File.ReadAllText(Path.Combine(project, "restored/blurred.json")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(project, "restored/blurred.png")));
    }

    // Stands for ./dip, which would build; the page's last words are options, to which those of a small network are added.
    private static string Tool(string plugins) => $$"""
        #!/bin/bash
        export DIP_PLUGINS='{{plugins}}'
        if [ "$1" = restore ]; then set -- "$@" iterations=10 channels-down=8,8 channels-up=8,8 channels-skip=4,4 threads=1; fi
        exec '{{PluginsOnDisk.RepositoryRoot}}src/Cli/bin/{{Configuration}}/net10.0/DipPipeline.Cli' "$@"
        """;

    [Fact]
    public void Page_Energy_IsUnder60Lines() => Assert.InRange(Block("DeblurPlugin.cs", "csharp").Trim().Split('\n').Length, 20, 59);

    // Gradient descent on E from the blurred picture must come nearer to the sharp one.
    private static void AssertDescends(TaskPlugin plugin)
    {
        using var scope = torch.NewDisposeScope();
        var sharp = torch.zeros(1, 1, 24, 24);
        sharp[.., .., 8..16, 8..16] = torch.tensor(1f);
        using var blur = Blur.Gaussian(1.5, torch.CPU);
        var x0 = blur.Apply(sharp);
        using var observation = new Observation { Picture = x0 };
        using var problem = plugin.Formulate(observation, OptionResolver.Resolve(plugin.Descriptor, "fast", [KeyValuePair.Create("sigma", "1.5")]));

        Assert.Equal(0f, problem.Energy.Evaluate(sharp).item<float>(), 6);
        var x = x0.clone().requires_grad_();
        for (var i = 0; i < 50; i++)
        {
            problem.Energy.Evaluate(x).backward();
            using (torch.no_grad())
            {
                x.sub_(x.grad! * 200);
                x.grad!.zero_();
            }
        }

        Assert.True(Error(x, sharp) < 0.7 * Error(x0, sharp), $"{Error(x0, sharp)} became {Error(x, sharp)}.");

        static float Error(torch.Tensor a, torch.Tensor b) => (a - b).pow(2).mean().item<float>();
    }

    // The fenced block that follows a line.
    private static string Block(string after, string language)
    {
        var match = Regex.Match(Page, $"^`?{Regex.Escape(after)}`?\n\n```{language}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.True(match.Success, $"docs/writing-a-plugin.md has no {language} block after '{after}'.");
        return match.Groups[1].Value;
    }

    private static async Task<string> RunAsync(string folder, string clone, string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euc", commands]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DIP"] = clone;
        // These tests may be a Debug build; the page means the Release build that ./dip makes.
        start.Environment["PluginSdk"] = Path.Combine(clone, "build/PackPlugin/bin", Configuration, "net10.0") + "/";
        foreach (var inherited in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(inherited);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await output;
    }

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
