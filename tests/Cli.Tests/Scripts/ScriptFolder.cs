using System.Diagnostics;

namespace DipPipeline.Cli.Tests.Scripts;

/// <summary>A repository that holds the real scripts, hardly any sources, and stands-in for the commands that the scripts call.</summary>
internal sealed class ScriptFolder : IDisposable
{
    /// <summary>A stand-in for ldconfig that knows all that is needed.</summary>
    public const string Libraries = "printf '\\t%s (libc6,x86-64) => /lib/x\\n' libgtk-3.so.0 libdrm.so.2 libatomic.so.1";

    public ScriptFolder()
    {
        File.Copy(Path.Join(Repository.Root, "dip"), Path.Join(Root, "dip"));
        Write("build/system.sh", File.ReadAllText(Path.Join(Repository.Root, "build/system.sh")));
        Write("src/Cli/Program.cs", "");
        Write("src/Cli/Removed.cs", "");
        Write("src/Plugins/Fake/Fake.csproj", "");
        Write("Directory.Build.props", "");
        Write("global.json", "");
        Command("ldconfig", Libraries);
        Command("dotnet", """
            case $1 in
              --list-sdks) echo '10.0.100 [/sdk]' ;;
              build)
                mkdir -p src/Cli/bin/Release/net10.0 plugins/Fake
                touch src/Cli/bin/Release/net10.0/DipPipeline.Cli.dll plugins/Fake/plugin.json ;;
              *.dll) echo "GLIBC_TUNABLES=$GLIBC_TUNABLES" >"${0%/*}/tunables"; echo "${LD_PRELOAD-} ${MALLOC_CONF-}" >"${0%/*}/allocator" ;;
            esac
            """);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("dip-scripts-").FullName;

    /// <summary>Every call of a stand-in so far: name and arguments.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Path.Join(Root, "calls")) ? File.ReadAllLines(Path.Join(Root, "calls")) : [];

    /// <summary>What the tool found in its environment when it was last started.</summary>
    public string Tunables => File.ReadAllText(Path.Join(Root, "commands", "tunables")).TrimEnd();

    /// <summary>What it was preloaded with, and how that is set.</summary>
    public string Allocator => File.ReadAllText(Path.Join(Root, "commands", "allocator")).TrimEnd('\n');

    public IEnumerable<string> Builds => Calls.Where(call => call.StartsWith("dotnet build", StringComparison.Ordinal));

    public string Write(string name, string text)
    {
        var path = Path.Join(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Puts a stand-in before the system's command of that name.</summary>
    public void Command(string name, string body) =>
        ScriptFile.Write(Path.Join(Root, "commands"), name, $"echo \"{name} $*\" >>'{Root}/calls'\n{body}");

    public Task<Ran> Dip(params (string Name, string Value)[] environment) => Bash(["dip", "--help"], environment);

    /// <summary>Runs <c>./test</c> on one project that starts servers, whose program prints this.</summary>
    public Task<Ran> Test(string printed)
    {
        File.Copy(Path.Join(Repository.Root, "test"), Path.Join(Root, "test"));
        Write("tests/Fake.Tests/DipPipeline.Fake.Tests.csproj", """<Compile Include="../Shared/Servers/*.cs" />""");
        Write("tests/Fake.Tests/bin/Release/net10.0/DipPipeline.Fake.Tests.dll", "");
        var output = Write("printed", printed);
        Command("dotnet", $"case $1 in --list-sdks) echo '10.0.100 [/sdk]' ;; *.dll) cat '{output}' ;; esac");
        return Bash(["test", "Fake"]);
    }

    /// <summary>Runs one function of build/system.sh.</summary>
    public Task<Ran> System(string function) => Bash(["-c", $"set -euo pipefail; root='{Root}'; source '{Root}/build/system.sh'; {function}", "dip"]);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private async Task<Ran> Bash(string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", args) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{Root}/commands:/usr/bin:/bin";
        start.Environment.Remove("DIP_CUDA");
        start.Environment.Remove("GLIBC_TUNABLES");
        start.Environment.Remove("LD_PRELOAD");
        start.Environment.Remove("MALLOC_CONF");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }
}
