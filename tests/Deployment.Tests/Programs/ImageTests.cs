using System.Text.RegularExpressions;

namespace DipPipeline.Deployment.Tests.Programs;

public sealed partial class ImageTests
{
    private static readonly ImageFile s_file = new();

    public static TheoryData<string, string> Images => new() { { "watcher", "Watcher" }, { "host", "Host" }, { "all-in-one", "Cli" } };

    [Fact]
    public void Bases_AllHaveAWholeVersion() => Assert.All(s_file.Bases, name => Assert.Matches(@":\d+\.\d+\.\d+-[a-z-]+$", name));

    [Theory]
    [MemberData(nameof(Images))]
    public void Image_RunsAsANumberedUser_TellsItsHealthWithItsProgram_AndIsLabelled(string target, string program)
    {
        // Kubernetes can tell that a number is not root, a name it cannot.
        Assert.Equal("1654:1654", s_file.Last(target, "USER"));
        Assert.Contains($"DipPipeline.{program}.dll", s_file.Last(target, "ENTRYPOINT"), StringComparison.Ordinal);
        Assert.Matches($@"CMD \[""dotnet"", ""DipPipeline\.{program}\.dll"",.* ""--health""\]$", s_file.Last(target, "HEALTHCHECK"));
        foreach (var label in (string[])["title", "description", "version", "licenses"])
        {
            Assert.Contains($"org.opencontainers.image.{label}=", s_file.Last(target, "LABEL"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Context_HoldsWhatImagesAreBuiltFromAndNothingElse()
    {
        string[] built =
        [
            "global.json", ".editorconfig",
            .. Directory.GetFiles(Repository.At(""), "Directory.*").Select(f => Path.GetFileName(f)),
            .. Below("build", "*"), .. Below("src", "*.csproj"), .. Below("src", "*.cs"),
        ];
        Assert.All(["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"], name => Assert.Contains(name, built));
        Assert.All(built, path => Assert.True(IsSent(path), path));
        Assert.All(["watch/denoise/a.png", "restored/a.png", "secrets/Messaging__RabbitMq", ".env", ".git/HEAD", "src/Cli/bin/Release/a.dll", "src/Cli/obj/a.json"], path => Assert.False(IsSent(path), path));
        // What a project needs lies in its folder, or in those of the list.
        Assert.All(ProjectFolder().Matches(File.ReadAllText(Repository.At("docker/Dockerfile"))).Select(m => m.Value), folder => Assert.True(Directory.Exists(Repository.At(folder)), folder));
    }

    /// <summary>What is written in a folder, not what was built in it.</summary>
    private static IEnumerable<string> Below(string folder, string pattern) =>
        Directory.GetFiles(Repository.At(folder), pattern, SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.At(""), f))
            .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal));

    /// <summary>By the patterns of .dockerignore, of which the last that fits decides.</summary>
    private static bool IsSent(string path)
    {
        var isSent = true;
        foreach (var line in File.ReadAllLines(Repository.At(".dockerignore")).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var pattern = line.TrimStart('!');
            var fits = pattern == "*" || (pattern.StartsWith("**/", StringComparison.Ordinal)
                ? path.Split('/').Contains(pattern[3..])
                : path == pattern || path.StartsWith(pattern + "/", StringComparison.Ordinal));
            isSent = fits ? line[0] == '!' : isSent;
        }

        return isSent;
    }

    [Fact]
    public void AllInOne_HasItsProgramOnThePath()
    {
        var link = s_file.Lines("all-in-one").Single(l => l.Word == "RUN" && l.Text.StartsWith("ln ", StringComparison.Ordinal)).Text.Split(' ');
        Assert.Equal(["ln", "-s", "/app/DipPipeline.Cli", "/usr/local/bin/dip"], link);
        Assert.True(File.GetUnixFileMode(Path.ChangeExtension(Repository.Published("Cli"), null)).HasFlag(UnixFileMode.OtherExecute));
    }

    [Fact]
    public void Cuda_IsABuildArgument_OfTheProgramsThatCompute()
    {
        Assert.All((string[])["publish-host", "publish-all-in-one"], stage =>
        {
            Assert.Contains(("ARG", "CUDA=false"), s_file.Lines(stage));
            Assert.Contains("-p:Cuda=${CUDA}", s_file.Last(stage, "RUN"), StringComparison.Ordinal);
        });
    }

    [GeneratedRegex(@"(?<=publish )src/\w+")]
    private static partial Regex ProjectFolder();
}
