namespace DipPipeline.Cli.Tests.Scripts;

/// <summary>What build/system.sh does where the servers that tests start are missing.</summary>
public sealed class ServersTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public ServersTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there they are looked for.");
        _folder.Command("apt-get", $"ls '{_folder.Root}/policy' >>'{_folder.Root}/calls' 2>&1; [ \"$1\" = update ] || touch '{_folder.Root}/brought'; exit $(cat '{_folder.Root}/status' 2>/dev/null || echo 0)");
        _folder.Command("id", "echo 0");
    }

    public void Dispose() => _folder.Dispose();

    private string Policy => Path.Join(_folder.Root, "policy");

    private string Need(params string[] servers) => $"policy='{Policy}'; servers=({string.Join(' ', servers.Select(server => $"'{server}'"))}); need_servers";

    [Fact]
    public async Task NeedServers_OneIsMissing_InstallsThatOneAndStartsNoService()
    {
        var ran = await _folder.System(Need($"there:{_folder.Root}", $"missing:{_folder.Root}/b*t"));

        Assert.Equal((0, "dip: installing missing...\n"), (ran.Code, ran.Error));
        Assert.Equal(
            ["apt-get update", Policy, "apt-get install -y --no-install-recommends missing", Policy],
            _folder.Calls.Where(call => call.StartsWith("apt-get", StringComparison.Ordinal) || call == Policy));
        Assert.False(File.Exists(Policy));
    }

    [Fact]
    public async Task NeedServers_InstallingBringsNoProgram_SaysWhichAndWhere()
    {
        var ran = await _folder.System(Need($"there:{_folder.Root}", "one:/nowhere/*/initdb", "two:/nowhere"));

        Assert.Equal((1, "dip: installing one two...\ndip: one two was installed, and its program is not where tests look for it: /nowhere/*/initdb /nowhere.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task NeedServers_AptFails_SaysSoAndLeavesNoPolicy()
    {
        _folder.Write("status", "100");

        var ran = await _folder.System(Need("missing:/nowhere"));

        Assert.Equal((1, "dip: installing missing...\ndip: installing missing failed; see above.\n"), (ran.Code, ran.Error));
        Assert.False(File.Exists(Policy));
    }

    [Fact]
    public async Task NeedServers_MayNotInstall_PrintsTheExactCommand()
    {
        _folder.Command("id", "echo 1000");
        _folder.Command("sudo", "exit 1");

        var ran = await _folder.System(Need("one:/nowhere", "two:/nowhere"));

        Assert.Equal(1, ran.Code);
        Assert.Equal("dip: the system lacks one two; run this and try again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends one two\n", ran.Error);
    }

    [Fact]
    public async Task NeedS3Server_MissingOrOfAnotherVersion_IsInstalledIntoArtifactsOnce()
    {
        const string manifest = "artifacts/s3rver/node_modules/s3rver/package.json";
        _folder.Write(manifest, """{ "version": "3.7.0" }""");
        _folder.Command("npm", $$"""echo '{ "version": "3.7.1" }' >'{{_folder.Root}}/{{manifest}}'; pwd >>'{{_folder.Root}}/calls'""");

        var ran = await _folder.System("need_s3_server; need_s3_server");

        Assert.Equal((0, "dip: installing s3rver@3.7.1...\n"), (ran.Code, ran.Error));
        Assert.StartsWith("npm install --prefix . ", _folder.Calls[0], StringComparison.Ordinal);
        Assert.EndsWith(" s3rver@3.7.1", _folder.Calls[0], StringComparison.Ordinal);
        Assert.Equal(Path.Join(_folder.Root, "artifacts/s3rver"), Assert.Single(_folder.Calls.Skip(1)));
    }

    [Fact]
    public async Task NeedS3Server_NpmFails_SaysSo()
    {
        _folder.Command("npm", "echo 'no network' >&2; exit 1");

        var ran = await _folder.System("need_s3_server");

        Assert.Equal((1, "dip: installing s3rver@3.7.1...\nno network\ndip: installing s3rver@3.7.1 failed; see above.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task NeedServers_AllAreThere_DoesNothing()
    {
        var ran = await _folder.System(Need($"there:{_folder.Root}"));

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.DoesNotContain(_folder.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }
}
