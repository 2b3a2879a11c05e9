namespace DipPipeline.Cli.Tests.Scripts;

/// <summary>What build/system.sh does where libraries are missing.</summary>
public sealed class LibrariesTests : IDisposable
{
    private const string All = "libgtk-3.so.0 libdrm.so.2 libatomic.so.1";

    private readonly ScriptFolder _folder = new();

    public LibrariesTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lacks them.");
        _folder.Command("ldconfig", "");
        _folder.Command("apt-cache", "exit 1");
        _folder.Command("apt-get", "");
        _folder.Command("sleep", "");
        _folder.Command("id", "echo 0");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, "libgtk-3-0t64")]
    [InlineData(1, "libgtk-3-0")]
    public async Task NeedLibraries_MayNotInstall_PrintsTheExactCommand(int newName, string gtk)
    {
        _folder.Command("id", "echo 1000");
        _folder.Command("sudo", "exit 1");
        _folder.Command("apt-cache", $"exit {newName}");

        var ran = await _folder.System("need_libraries");

        Assert.Equal(1, ran.Code);
        Assert.Equal(
            $"dip: the system lacks {All}; run this and try again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends {gtk} libdrm2 libatomic1\n",
            ran.Error);
        Assert.DoesNotContain(_folder.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NeedLibraries_OneIsMissing_InstallsThatOne()
    {
        _folder.Command("ldconfig", "echo 'libgtk-3.so.0 libdrm.so.2 '");

        var ran = await _folder.System("need_libraries");

        Assert.Equal((0, "dip: installing libatomic.so.1...\n"), (ran.Code, ran.Error));
        Assert.Equal(["apt-get update", "apt-get install -y --no-install-recommends libatomic1"], Apt);
    }

    [Theory]
    [InlineData("E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)")]
    [InlineData("E: Unable to lock directory /var/lib/apt/lists/")]
    [InlineData("E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?")]
    public async Task NeedLibraries_AptIsBusy_WaitsForIt(string complaint)
    {
        _folder.Command("apt-get", $"if [ \"$(grep -c '^apt-get' '{_folder.Root}/calls')\" -le 2 ]; then echo '{complaint}' >&2; exit 100; fi");

        var ran = await _folder.System("need_libraries");

        Assert.Equal((0, $"dip: installing {All}...\ndip: waiting for another process to be done with apt...\n"), (ran.Code, ran.Error));
        Assert.Equal(["update", "update", "update", "install"], Apt.Select(call => call.Split(' ')[1]));
        Assert.Equal(["sleep 5", "sleep 5"], _folder.Calls.Where(call => call.StartsWith("sleep", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task NeedLibraries_AptStaysBusy_GivesUpAfterTwoMinutesWithItsWords()
    {
        _folder.Command("apt-get", "echo 'E: Could not get lock /var/lib/apt/lists/lock' >&2; exit 100");

        var ran = await _folder.System("need_libraries");

        Assert.Equal(1, ran.Code);
        Assert.Equal(24, _folder.Calls.Count(call => call == "sleep 5"));
        Assert.EndsWith($"E: Could not get lock /var/lib/apt/lists/lock\ndip: installing {All} failed; see above.\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NeedLibraries_AptFails_SaysSoAtOnce()
    {
        _folder.Command("apt-get", "echo 'E: no network' >&2; exit 100");

        var ran = await _folder.System("need_libraries");

        Assert.Equal((1, $"dip: installing {All}...\nE: no network\ndip: installing {All} failed; see above.\n"), (ran.Code, ran.Error));
        Assert.Single(Apt);
    }

    private IEnumerable<string> Apt => _folder.Calls.Where(call => call.StartsWith("apt-get", StringComparison.Ordinal));
}
