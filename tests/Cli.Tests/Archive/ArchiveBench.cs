using System.Text.Json;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Tests.Archive;

/// <summary><c>dip archive</c> in a folder of its own, on a real catalogue in a file.</summary>
internal sealed class ArchiveBench : IDisposable
{
    private ServiceProvider? _services;

    public Dip Dip { get; } = new();

    public string Watch => Path.Join(Dip.Folder, "watch");

    public JobCatalogue Catalogue
    {
        get
        {
            var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Jobs:File", (string?)Path.Join(Dip.Out, ".dip/jobs.db"))]).Build();
            _services ??= new ServiceCollection().AddLogging().AddJobCatalogue(settings.GetSection("Jobs")).BuildServiceProvider();
            return _services.GetRequiredService<JobCatalogue>();
        }
    }

    public bool HasCatalogue => File.Exists(Path.Join(Dip.Out, ".dip/jobs.db"));

    public string Manifest(string name, params string[] lines)
    {
        var path = Path.Join(Dip.Folder, name);
        File.WriteAllLines(path, lines);
        Directory.CreateDirectory(Watch);
        // A mount that is there.
        File.WriteAllText(Path.Join(Watch, ".keep"), "");
        return path;
    }

    public Ran Run(string source, params string[] args) => Dip.Run(["archive", "run", source, "--watch", Watch, "--out", Dip.Out, .. args]);

    public Ran On(params string[] args) => Dip.Run(["archive", .. args, "--out", Dip.Out]);

    public static JsonElement Json(Ran ran)
    {
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        return JsonDocument.Parse(ran.Out).RootElement;
    }

    public async Task<IReadOnlyList<RunRowDetail>> RowsAsync(string name)
    {
        List<RunRowDetail> rows = [];
        await foreach (var row in Catalogue.RunRowsAsync(name))
        {
            rows.Add(row);
        }

        return rows;
    }

    public void Dispose()
    {
        _services?.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Dip.Dispose();
    }
}
