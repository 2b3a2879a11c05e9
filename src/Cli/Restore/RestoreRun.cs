using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Restore;

/// <summary>Carries out one call of <c>dip restore</c>: checks all of it, then restores picture after picture.</summary>
internal sealed class RestoreRun(
    PluginCatalogue tasks, LoadTask load, RestorePicture restore, ProgressDisplay progress, Terminal terminal)
{
    /// <returns>The exit code.</returns>
    public int Run(RestoreSettings settings, CancellationToken stop)
    {
        var outcomes = new List<Outcome>();
        try
        {
            DeviceName.Check(settings.Device);
            var task = tasks.Describe(KnownTasks.Require(settings.Task, tasks, "--task T"));
            var options = OptionResolver.Resolve(task, settings.Preset, settings.Overrides);
            var plans = RestorePlan.Make(settings, task);
            // The engine is synchronous and its tensor scopes belong to a thread: it gets one that nothing else runs on.
            OwnThread.Run("restore", () => RestoreAll(settings, task, options, plans, outcomes, stop));
        }
        catch (RefusedException refused) when (outcomes.Count == 0)
        {
            terminal.Complain(refused.Message);
            outcomes.AddRange(settings.Images.DefaultIfEmpty<string?>(null).Select(image => new Outcome(image, Ending.Refused, Error: refused.Message)));
        }

        if (settings.Json)
        {
            terminal.Out.WriteLine(RestoreJson.Document(outcomes));
        }

        return Outcome.Code(outcomes);
    }

    private void RestoreAll(
        RestoreSettings settings, TaskDescriptor task, OptionSet options, IReadOnlyList<PicturePlan> plans, List<Outcome> outcomes, CancellationToken stop)
    {
        var plugin = load(task.Id);
        for (var i = 0; i < plans.Count; i++)
        {
            progress.Begin(plans.Count == 1 ? plans[i].Path : $"[{i + 1}/{plans.Count}] {plans[i].Path}");
            var outcome = RestoreOne(settings, plugin, options, plans[i], stop);
            progress.End();
            outcomes.Add(outcome);
            if (outcome.Ending == Ending.Cancelled)
            {
                terminal.Complain(outcome.Error!);
                outcomes.AddRange(plans.Skip(i + 1).Select(p => new Outcome(p.Path, Ending.Cancelled, Error: "Not begun.")));
                return;
            }

            if (outcome.Metrics is null)
            {
                terminal.Complain(outcome.Error!);
            }
            else if (!settings.Json)
            {
                Summary.Write(terminal.Out, plans[i].Path, outcome.Metrics);
            }
        }
    }

    private Outcome RestoreOne(RestoreSettings settings, TaskPlugin plugin, OptionSet options, PicturePlan plan, CancellationToken stop)
    {
        if (plan.Refusal is not null)
        {
            return new(plan.Path, Ending.Refused, Error: plan.Refusal);
        }

        try
        {
            stop.ThrowIfCancellationRequested();
            return new(plan.Path, Ending.Done, restore(
                new()
                {
                    PicturePath = plan.Path,
                    Plugin = plugin,
                    Preset = settings.Preset ?? plugin.Descriptor.DefaultPreset,
                    Options = options,
                    CompanionPaths = plan.CompanionPaths,
                    ReferencePath = settings.Reference,
                    OutputFolder = settings.Out,
                    Seed = settings.Seed,
                    Device = settings.Device,
                    Resume = settings.Resume,
                    MaximumPixels = settings.MaximumPixels,
                },
                progress.Report,
                notice => progress.Note(notice.Message),
                stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(plan.Path, Ending.Cancelled, Error: $"Stopped at '{plan.Path}'; the same command with --resume goes on from its last checkpoint.");
        }
        catch (RefusedException refused)
        {
            return new(plan.Path, Ending.Refused, Error: refused.Message);
        }
#pragma warning disable CA1031 // A boundary: one bad picture does not stop the rest, and its outcome is recorded.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            progress.End();
            Failure.Details(failure, terminal, settings.Verbose);
            return new(plan.Path, Ending.Failed, Error: $"'{plan.Path}' failed: {Failure.Sentence(failure)}");
        }
    }
}
