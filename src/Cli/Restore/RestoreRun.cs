using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Restoration;
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
            var options = Resolve(task, settings);
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
            terminal.Out.WriteLine(RestoreJson.Document(outcomes, settings.AreSeveral));
        }

        return Outcome.Code(outcomes);
    }

    private static OptionSet Resolve(TaskDescriptor task, RestoreSettings settings)
    {
        try
        {
            return OptionResolver.Resolve(task, settings.Preset, settings.Overrides);
        }
        catch (InvalidOptionsException e) when (e.UnknownOptions.Count > 0)
        {
            // Too many to name them all, and none that was nearly typed.
            var cure = $"'dip plugins describe {task.Id}' lists its options.";
            throw new RefusedException(e.Errors.Count == 1 ? $"{e.Message.TrimEnd('.')}; {cure}" : $"{e.Message} {cure}", e);
        }
    }

    private void RestoreAll(
        RestoreSettings settings, TaskDescriptor task, OptionSet options, IReadOnlyList<PicturePlan> plans, List<Outcome> outcomes, CancellationToken stop)
    {
        // Before the first picture: a plugin that does not load refuses the call as a whole.
        var plugin = plans.Any(p => p.Refusal is null) ? load(task.Id) : null;
        for (var i = 0; i < plans.Count; i++)
        {
            progress.Begin(plans.Count == 1 ? plans[i].Path : $"[{i + 1}/{plans.Count}] {plans[i].Path}");
            var outcome = plans[i].Refusal is { } refusal
                ? new(plans[i].Path, Ending.Refused, Error: refusal)
                : RestoreOne(Request(settings, plugin!, options, plans[i]), outcomes, settings.Verbose, stop);
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
                Summary.Write(terminal.Out, plans[i].Path, outcome.Metrics, outcome.IsEarlier);
            }
            else if (outcome.IsEarlier)
            {
                progress.Note("Already restored.");
            }
        }
    }

    private Outcome RestoreOne(RestorationRequest request, IReadOnlyList<Outcome> before, bool verbose, CancellationToken stop)
    {
        var picture = request.PicturePath;
        try
        {
            stop.ThrowIfCancellationRequested();
            // A reference is measured against anew: which one the earlier call had is not known.
            if (request is { Resume: true, ReferencePath: null } && Saved.Result(request) is { } earlier)
            {
                return new(picture, Ending.Done, earlier, IsEarlier: true);
            }

            return new(picture, Ending.Done, restore(request, progress.Report, notice => progress.Note(notice.Message), stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(picture, Ending.Cancelled, Error: Stopped(request, before));
        }
        catch (RefusedException refused)
        {
            return new(picture, Ending.Refused, Error: refused.Message);
        }
#pragma warning disable CA1031 // A boundary: one bad picture does not stop the rest, and its outcome is recorded.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            progress.End();
            Failure.Details(failure, terminal, verbose);
            return new(picture, Ending.Failed, Error: $"'{picture}' failed: {Failure.Sentence(failure)}");
        }
    }

    // Promises only what --resume will find.
    private static string Stopped(RestorationRequest request, IReadOnlyList<Outcome> before) => $"Stopped at '{request.PicturePath}'" + (
        Saved.HasCheckpoint(request) ? "; the same command with --resume goes on from its last checkpoint."
        : before.Any(o => o.Ending == Ending.Done) ? " before its first checkpoint; the same command with --resume begins with it."
        : " before its first checkpoint; nothing was saved.");

    private static RestorationRequest Request(RestoreSettings settings, TaskPlugin plugin, OptionSet options, PicturePlan plan) => new()
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
    };
}
