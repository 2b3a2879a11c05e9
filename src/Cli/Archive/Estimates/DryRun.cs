using System.Globalization;
using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Jobs;
using DipPipeline.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Archive;

/// <summary><c>dip archive run --dry-run</c>: what there is to do, a pilot, and what the whole would take. Nothing is entered.</summary>
internal sealed class DryRun(IServiceProvider services, IConfigurationRoot settings, string device, Terminal terminal)
{
    // Headers that are read: enough for the mean of any archive's sizes, and done in seconds.
    private const int SampleSize = 500;

    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();

    public RunEstimate Run(ManifestEntry entry, int pilots, int workers, double? price, CancellationToken stop)
    {
        var storage = new ServiceCollection().AddInputs(settings).AddJobCatalogue(settings.GetSection("Jobs")).BuildServiceProvider();
        using (storage)
        {
            var inputs = storage.Inputs();
            var survey = new Survey(inputs, Catalogue(storage), SampleSize, stop);
            entry.Check(stop, survey.Add);
            survey.Flush();
            var sample = survey.Sample.Select(s => SampledPicture.ProbeAsync(inputs, s.Row, s.Settings, stop).GetAwaiter().GetResult()).OfType<SampledPicture>().ToList();
            var pilot = pilots == 0 ? [] : Restore(inputs, PilotChoice.Of(sample, pilots), stop);
            return Estimate(survey, sample, pilot, workers, price);
        }
    }

    // One that is not there yet has no results either.
    private JobCatalogue? Catalogue(ServiceProvider services)
    {
        if (settings["Jobs:ConnectionString"] is null && !File.Exists(settings["Jobs:File"]))
        {
            return null;
        }

        var catalogue = services.GetRequiredService<JobCatalogue>();
        catalogue.MigrateAsync().GetAwaiter().GetResult();
        return catalogue;
    }

    private List<(SampledPicture Picture, PilotPicture Pilot)> Restore(IArtifactStore inputs, IReadOnlyList<SampledPicture> chosen, CancellationToken stop)
    {
        var pilot = new Pilot(inputs, services.GetRequiredService<LoadTask>(), services.GetRequiredService<RestorePicture>(), device, _time);
        List<(SampledPicture, PilotPicture)> done = [];
        // As for dip restore: the engine's tensors belong to a thread.
        OwnThread.Run("pilot", () =>
        {
            foreach (var picture in chosen)
            {
                stop.ThrowIfCancellationRequested();
                var one = pilot.Run(picture, stop);
                done.Add((picture, one));
                terminal.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"pilot {done.Count}/{chosen.Count}: {one.Path}, {one.Width}×{one.Height}: {(one.Seconds is { } seconds ? $"{seconds:0.0} s" : one.Refusal)}"));
            }
        });
        return done;
    }

    private RunEstimate Estimate(Survey survey, List<SampledPicture> sample, List<(SampledPicture Picture, PilotPicture Pilot)> pilot, int workers, double? price)
    {
        var seconds = Seconds(survey, sample, pilot);
        var hours = seconds / 3600;
        return new RunEstimate
        {
            Rows = survey.Rows,
            Bytes = survey.Bytes,
            Missing = survey.Missing,
            MissingPaths = survey.MissingPaths,
            AlreadyDone = survey.AlreadyDone,
            ToDo = survey.ToDo,
            ByTask = survey.ByTask,
            Pilot = [.. pilot.Select(p => p.Pilot)],
            SecondsPerPicture = survey.ToDo == 0 ? null : seconds / survey.ToDo,
            WorkerHours = hours,
            Workers = workers,
            FinishAt = seconds is { } s && s / workers < TimeSpan.FromDays(36500).TotalSeconds ? _time.GetUtcNow().AddSeconds(s / workers) : null,
            Cost = hours * price,
        };
    }

    /// <summary>Of one worker. Pictures that cannot be read cost nothing; settings without a pilot are taken for the mean of the others.</summary>
    private static double? Seconds(Survey survey, List<SampledPicture> sample, List<(SampledPicture Picture, PilotPicture Pilot)> pilot)
    {
        if (survey.ToDo == 0)
        {
            return 0;
        }

        var measured = pilot.Where(p => p.Pilot.Seconds is not null).Select(p => (p.Picture.Settings, p.Picture.Pixels, Seconds: p.Pilot.Seconds!.Value)).ToList();
        if (measured.Count == 0)
        {
            return null;
        }

        var all = SizeFit.Of([.. measured.Select(m => (m.Pixels, m.Seconds))]);
        var fits = measured.GroupBy(m => m.Settings).ToDictionary(g => g.Key, g => SizeFit.Of([.. g.Select(m => (m.Pixels, m.Seconds))]));
        var ofSample = sample.Sum(s => fits.GetValueOrDefault(s.Settings, all).Seconds(s.Pixels));
        return ofSample / survey.Sample.Count * survey.ToDo;
    }
}
