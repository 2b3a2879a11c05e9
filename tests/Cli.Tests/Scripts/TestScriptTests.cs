namespace DipPipeline.Cli.Tests.Scripts;

/// <summary>What ./test makes of what the test programs print.</summary>
public sealed class TestScriptTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public TestScriptTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Servers are installed only there.");
        // Those of this machine are not the subject.
        _folder.Write("build/system.sh", File.ReadAllText(Path.Join(_folder.Root, "build/system.sh")) + $"\nservers=('here:{_folder.Root}')\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("RabbitMQ is not installed: run ./test, or sudo apt-get install rabbitmq-server.")]
    [InlineData("PostgreSQL is not installed; ./test installs it.")]
    [InlineData("S3 server is not installed; ./test installs it.")]
    public async Task ServerTestsSkipped_CountAsFailed(string reason)
    {
        var ran = await _folder.Test(Printed($"    Some.Tests.One [SKIP]\n      {reason}\n    Some.Tests.Two [SKIP]\n      {reason}\n    Some.Tests.Three [SKIP]\n      No GPU.\n", 5, 3));

        Assert.Equal(1, ran.Code);
        Assert.EndsWith(
            "Fake.Tests: 2 tests were skipped for want of a server, although it is installed: they look for it elsewhere.\ntests: 2 passed, 2 failed, 1 skipped\n",
            ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OthersSkipped_AreNoFailure()
    {
        var ran = await _folder.Test(Printed("    Some.Tests.Three [SKIP]\n      No GPU.\n", 5, 1));

        Assert.Equal(0, ran.Code);
        Assert.EndsWith("\ntests: 4 passed, 0 failed, 1 skipped\n", ran.Out, StringComparison.Ordinal);
    }

    private static string Printed(string skips, int total, int skipped) =>
        $"{skips}=== TEST EXECUTION SUMMARY ===\n   DipPipeline.Fake.Tests  Total: {total}, Errors: 0, Failed: 0, Skipped: {skipped}, Not Run: 0, Time: 1.0s\n";
}
