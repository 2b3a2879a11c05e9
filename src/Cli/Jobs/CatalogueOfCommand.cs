using DipPipeline.Cli.Pipeline;
using DipPipeline.Contracts;
using DipPipeline.Jobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DipPipeline.Cli.Jobs;

/// <summary>Opens the catalogue that a command is about.</summary>
internal static class CatalogueOfCommand
{
    /// <param name="output">The folder of results whose catalogue is meant; <see langword="null"/> goes by the settings.</param>
    /// <param name="use">Runs with the catalogue, migrated.</param>
    /// <exception cref="RefusedException">There is none yet, or its settings are wrong.</exception>
    public static T Use<T>(string? output, Func<JobCatalogue, Task<T>> use)
    {
        var settings = PipelineSettings.Read(null, output);
        // Asking for the jobs of a folder must not make it one that has some.
        if (settings["Jobs:ConnectionString"] is null && settings["Jobs:File"] is { } file && !File.Exists(file))
        {
            throw new RefusedException($"There is no catalogue '{file}': nothing was restored into that folder by 'dip up' yet. Name another folder of results with --out, or set Jobs__Provider=postgres and Jobs__ConnectionString.");
        }

        return Use(settings, use);
    }

    /// <summary>As <see cref="Use{T}(string?, Func{JobCatalogue, Task{T}})"/>, of a catalogue that is made where there is none.</summary>
    public static T Use<T>(IConfigurationRoot settings, Func<JobCatalogue, Task<T>> use)
    {
        using var services = new ServiceCollection().AddLogging().AddJobCatalogue(settings.GetSection("Jobs")).BuildServiceProvider();
        try
        {
            return Task.Run(async () =>
            {
                var catalogue = services.GetRequiredService<JobCatalogue>();
                await catalogue.MigrateAsync().ConfigureAwait(false);
                return await use(catalogue).ConfigureAwait(false);
            }).GetAwaiter().GetResult();
        }
        catch (OptionsValidationException e)
        {
            throw new RefusedException(string.Join(" ", e.Failures), e);
        }
    }
}
