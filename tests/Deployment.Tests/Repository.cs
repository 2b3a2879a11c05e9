using System.Diagnostics;
using System.Reflection;

namespace DipPipeline.Deployment.Tests;

/// <summary>The files under test, and the tools that look at them.</summary>
internal static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    public static string At(string path) => Path.Join(Root, path);

    /// <summary>The <c>.dll</c> of a published program.</summary>
    public static string Published(string program) => At($"artifacts/published/DipPipeline.{program}/DipPipeline.{program}.dll");

    public static bool Has(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Join(folder, tool)));

    /// <summary>Runs a tool in the repository; both its outputs.</summary>
    /// <param name="command">The tool, of the path or of the repository, and its arguments.</param>
    /// <param name="environment">Added to this process's, or all there is.</param>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> environment, bool isAll, params string[] command)
    {
        var info = new ProcessStartInfo(command[0].Contains('/', StringComparison.Ordinal) ? Path.Combine(Root, command[0]) : command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root };
        if (isAll)
        {
            info.Environment.Clear();
        }

        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        using var process = Process.Start(info)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>The output of a tool that succeeds.</summary>
    public static async Task<string> OutputAsync(params string[] command)
    {
        var (code, output, errors) = await RunAsync(new Dictionary<string, string>(), isAll: false, command);
        Assert.True(code == 0, $"{string.Join(' ', command)} ended with {code}: {errors}");
        return output;
    }
}
