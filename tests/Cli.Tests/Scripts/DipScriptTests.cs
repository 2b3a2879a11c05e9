namespace DipPipeline.Cli.Tests.Scripts;

/// <summary>When <c>./dip</c> builds, and with what.</summary>
public sealed class DipScriptTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Dip_Twice_BuildsOnceAndHandsOverItsArguments()
    {
        var first = await _folder.Dip();
        var second = await _folder.Dip();

        Assert.Equal((0, "dip: building...\n"), (first.Code, first.Error));
        Assert.Equal((0, ""), (second.Code, second.Error));
        Assert.Equal("dotnet build src/Cli -c Release -v minimal -p:Cuda=false", Assert.Single(_folder.Builds));
        Assert.Equal($"dotnet {_folder.Root}/src/Cli/bin/Release/net10.0/DipPipeline.Cli.dll --help", _folder.Calls[^1]);
    }

    /// <summary>The C library reads it before the program starts, so the script must set it; a value of the caller's own stays.</summary>
    [Theory]
    [InlineData(null, "glibc.malloc.hugetlb=1")]
    [InlineData("glibc.malloc.check=1", "glibc.malloc.check=1")]
    public async Task Dip_Started_GetsItsLargeTensorsAsHugePages(string? given, string expected)
    {
        var second = given is null ? await _folder.Dip() : await _folder.Dip(("GLIBC_TUNABLES", given));

        Assert.Equal(0, second.Code);
        Assert.Equal($"GLIBC_TUNABLES={expected}", _folder.Tunables);
    }

    /// <summary>Of what is installed; a caller's own choice stays.</summary>
    [Theory]
    [InlineData("", null, " ")]
    [InlineData("/lib/x/libjemalloc.so.2", null, "/lib/x/libjemalloc.so.2 narenas:1,oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:0,thp:always")]
    [InlineData("/lib/x/libjemalloc.so.2", "libc.so.6", "libc.so.6 ")]
    public async Task Dip_Started_HasJemallocWhereThereIsOne(string installed, string? given, string expected)
    {
        var lines = installed.Length == 0 ? "" : $"\nprintf '\tlibjemalloc.so.2 (libc6) => /lib/i386/libjemalloc.so.2\n\tlibjemalloc.so.2 (libc6,x86-64) => {installed}\n'";
        _folder.Command("ldconfig", ScriptFolder.Libraries + lines);

        var ran = given is null ? await _folder.Dip() : await _folder.Dip(("LD_PRELOAD", given));

        Assert.Equal(0, ran.Code);
        Assert.Equal(expected, _folder.Allocator);
    }

    public static TheoryData<string> Changes => ["source", "removed", "build", "props", "program", "manifest"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Dip_SomethingChanged_BuildsAgain(string change)
    {
        await _folder.Dip();
        switch (change)
        {
            case "source": Touch("src/Cli/Program.cs"); break;
            case "build": Touch("build/system.sh"); break;
            case "props": Touch("Directory.Build.props"); break;
            case "removed":
                File.Delete($"{_folder.Root}/src/Cli/Removed.cs");
                Directory.SetLastWriteTimeUtc($"{_folder.Root}/src/Cli", Later);
                break;
            case "program": File.Delete($"{_folder.Root}/src/Cli/bin/Release/net10.0/DipPipeline.Cli.dll"); break;
            default: File.Delete($"{_folder.Root}/plugins/Fake/plugin.json"); break;
        }

        await _folder.Dip();

        Assert.Equal(2, _folder.Builds.Count());
    }

    [Fact]
    public async Task Dip_WhatIsNoSourceChanged_DoesNotBuild()
    {
        await _folder.Dip();
        _folder.Write("src/Cli/obj/generated.cs", "");
        Directory.SetLastWriteTimeUtc($"{_folder.Root}/src/Cli", DateTime.UtcNow.AddDays(-1));
        File.SetLastWriteTimeUtc($"{_folder.Root}/src/Cli/obj/generated.cs", Later);
        File.SetLastWriteTimeUtc(_folder.Write("README.md", ""), Later);

        await _folder.Dip();

        Assert.Single(_folder.Builds);
    }

    [Fact]
    public async Task Dip_CudaAskedFor_BuildsWithItAndAgainWithoutIt()
    {
        foreach (var value in new[] { "true", "true", "false", "" })
        {
            await _folder.Dip(("DIP_CUDA", value));
        }

        Assert.Equal(["-p:Cuda=true", "-p:Cuda=false"], _folder.Builds.Select(call => call.Split(' ')[^1]));
    }

    [Fact]
    public async Task Dip_CudaIsNeitherTrueNorFalse_SaysSo()
    {
        var ran = await _folder.Dip(("DIP_CUDA", "yes"));

        Assert.Equal((1, "dip: DIP_CUDA is 'yes'; accepted: true or false.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task Dip_BuildFails_ShowsItsOutputAndTriesAgainNextTime()
    {
        await _folder.Dip();
        _folder.Command("dotnet", "case $1 in --list-sdks) echo '10.0.100 [/sdk]' ;; build) echo 'error CS0000: no'; exit 1 ;; esac");

        var failed = await _folder.Dip(("DIP_CUDA", "true"));
        var again = await _folder.Dip();

        Assert.Equal((1, "dip: building...\nerror CS0000: no\ndip: the build failed; see above.\n"), (failed.Code, failed.Error));
        Assert.Equal(1, again.Code);
    }

    private static DateTime Later => DateTime.UtcNow.AddSeconds(2);

    private void Touch(string name) => File.SetLastWriteTimeUtc(Path.Join(_folder.Root, name), Later);
}
