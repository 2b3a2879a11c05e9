using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Archive;

/// <summary><c>dip archive report</c>: every row as CSV, and a page about all of them.</summary>
internal sealed class RunReport(JobCatalogue catalogue, IConfigurationRoot settings)
{
    /// <exception cref="RefusedException">There is no such run, or the folder cannot be written.</exception>
    public async Task<ReportFiles> WriteAsync(string name, string folder, CancellationToken stop)
    {
        // Never the manifest's own name, which the run has by default, and which may lie in the same folder.
        var files = new ReportFiles(Path.Join(folder, $"{name}.report.csv"), Path.Join(folder, $"{name}.report.html"));
        var run = await catalogue.RunStatusAsync(name, stop).ConfigureAwait(false);
        var figures = new RunFigures();
        try
        {
            Directory.CreateDirectory(folder);
            using (var csv = new RowCsv(files.Csv))
            {
                await foreach (var row in catalogue.RunRowsAsync(name, stop).ConfigureAwait(false))
                {
                    csv.Add(row);
                    figures.Add(row);
                }
            }

            var previews = await PreviewsAsync(figures, stop).ConfigureAwait(false);
            await File.WriteAllTextAsync(files.Html, RunPage.Write(run, figures, previews, DateTimeOffset.UtcNow), stop).ConfigureAwait(false);
            return files;
        }
        catch (StorageUnavailableException e)
        {
            throw new RefusedException($"The previews of the results cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The report cannot be written into '{folder}': {Failure.Sentence(e)}", e);
        }
    }

    private async Task<IReadOnlyDictionary<string, byte[]>> PreviewsAsync(RunFigures figures, CancellationToken stop)
    {
        // The pictures themselves are not needed, and their folder is not to be made.
        var places = new ConfigurationBuilder().AddConfiguration(settings).AddInMemoryCollection([KeyValuePair.Create("Storage:Inputs", settings["Storage:Results"])]).Build();
        using var services = new ServiceCollection().AddLogging().AddStorage(places).AddS3Storage(places).BuildServiceProvider();
        var results = services.GetRequiredService<PipelineStorage>().Results;
        var previews = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (output, _) in figures.Best.Concat(figures.Worst))
        {
            if (await results.ReadAsync(new ResultFiles(output).Preview, stop).ConfigureAwait(false) is { } jpeg)
            {
                previews[output] = jpeg;
            }
        }

        return previews;
    }
}
