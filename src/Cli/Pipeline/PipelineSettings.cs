using DipPipeline.Storage;
using Microsoft.Extensions.Configuration;

namespace DipPipeline.Cli.Pipeline;

/// <summary>
/// The pipeline's settings, as the command line sees them: defaults for one machine, then secret files and environment variables
/// (<c>Jobs__ConnectionString</c>, <c>Messaging__RabbitMq</c>), then what was typed.
/// </summary>
internal static class PipelineSettings
{
    /// <param name="watch">The folder of pictures; <see langword="null"/> where none was typed.</param>
    /// <param name="output">The folder of results; <see langword="null"/> where none was typed.</param>
    /// <param name="typed">More settings, by their whole names.</param>
    public static IConfigurationRoot Read(string? watch, string? output, params IEnumerable<KeyValuePair<string, string?>> typed)
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Storage:Inputs"] = "watch", ["Storage:Results"] = "restored" })
            .AddSecretFiles()
            .AddEnvironmentVariables()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Storage:Inputs"] = watch, ["Storage:Results"] = output }.Where(s => s.Value is not null))
            .AddInMemoryCollection(typed)
            .Build();
        settings["Jobs:File"] ??= Path.Join(Folder(settings["Storage:Results"]!), "jobs.db");
        return settings;
    }

    // Beside the results whose history it is: the same folder has the same jobs wherever the command is given. No store has room for it:
    // that of s3://BUCKET/PREFIX is in .dip/s3/BUCKET/PREFIX of the current folder, so that each has its own.
    private static string Folder(string results) => StorageRoot.IsFolder(results)
        ? Path.Join(results, ".dip")
        : Path.Join([".dip", .. results.Split(['/', ':'], StringSplitOptions.RemoveEmptyEntries).Where(name => name is not ("." or ".."))]);
}
