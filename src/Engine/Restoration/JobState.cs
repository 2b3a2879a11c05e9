using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;

namespace DipPipeline.Engine.Restoration;

/// <summary>The state of one job beside its output: checkpoint, finished tiles, scratch files; removed with the job's success.</summary>
internal sealed class JobState(RestorationRequest request, OutputPaths paths, string jobId)
{
    // As many tiles, or networks, at the same time as their options allow.
    private const int MostLanes = 64;

    private readonly string _file = request.CheckpointPath ?? Path.Combine(paths.State(jobId), "checkpoint.zip");

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(_file))!;

    /// <summary>The file of a checkpoint: of what is fitted at the same time as others by its lane, from 0.</summary>
    public string Checkpoint(int lane = 0) => SavedState.LanePath(_file, lane);

    /// <summary>What the job's checkpoints are of, by their lanes, where it is to go on from them.</summary>
    public SortedDictionary<int, CheckpointHeader> Recorded(int lanes)
    {
        var headers = new SortedDictionary<int, CheckpointHeader>();
        for (var lane = 0; request.Resume && lane < lanes; lane++)
        {
            if (Optimisation.Checkpoint.TryReadHeader(Checkpoint(lane)) is { } header && header.Identity.JobId == jobId)
            {
                headers[lane] = header;
            }
        }

        return headers;
    }

    /// <summary>
    /// What the job's run was begun as, in tiles or as a whole, and with how many at the same time, where it goes on so: by this version of the
    /// engine, and where that fits; else <see langword="null"/>.
    /// </summary>
    /// <param name="planner">Says what fits here.</param>
    /// <param name="machine">The kind of device and the CPU threads here: with others it begins anew, and as it would here.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="height">Of the output.</param>
    public CheckpointIdentity? Begun(TilePlanner planner, (string DeviceKind, int Threads) machine, int width, int height) =>
        Recorded(MostLanes).Values.FirstOrDefault()?.Identity is { } begun
        && begun.EngineVersion == EngineVersion.Current && begun.IsOf(machine) && planner.Fits(begun.Plan, begun.Lanes, width, height) ? begun : null;

    public string JobId => jobId;

    /// <summary>Where a finished tile lies.</summary>
    public string Tile(int tile) => SavedState.TilePath(_file, tile);

    /// <summary>A folder for scratch files, made when absent.</summary>
    public string Scratch()
    {
        Retried(() => Directory.CreateDirectory(Folder));
        return Folder;
    }

    /// <summary>Writes down a run under way; nothing of one that has not begun.</summary>
    /// <param name="identity">What the run is of.</param>
    /// <param name="fit">The run; <see langword="null"/> between two tiles.</param>
    /// <param name="saved">Where, and how far the job is.</param>
    /// <param name="scan">Of tiles, how far they are.</param>
    public void Save(CheckpointIdentity identity, Fit? fit, SavedState saved, ScanHeader? scan = null)
    {
        if (fit is { Iteration: 0 })
        {
            return;
        }

        Retried(() =>
        {
            Directory.CreateDirectory(Folder);
            Optimisation.Checkpoint.Save(saved.Path, identity, fit?.Solver, fit?.Bridge, scan);
        });
        request.Checkpointed?.Invoke(saved with { Files = [.. Enumerable.Range(0, identity.Lanes).Select(Checkpoint).Where(File.Exists)] });
    }

    /// <summary>Goes on from the checkpoint, where there is one that fits.</summary>
    /// <returns>One sentence that says what happened.</returns>
    public string Resume(CheckpointIdentity identity, Fit fit, int lane = 0) => !File.Exists(Checkpoint(lane))
        ? Nothing
        : fit.TryLoad(Checkpoint(lane), identity) ?? FormattableString.Invariant($"Resumed from the checkpoint at iteration {fit.Iteration}.");

    /// <summary>Removes the job's folder, and its parents where they are empty then; of a state kept elsewhere the files alone.</summary>
    public void Remove()
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        if (request.CheckpointPath is not null)
        {
            Forget();
            return;
        }

        try
        {
            Directory.Delete(Folder, recursive: true);
            RemoveParents();
        }
        catch (IOException)
        {
            // A parent holds another job's state, or something reads ours: the result is committed, and a left-over folder harms nothing.
            return;
        }
    }

    /// <summary>Removes the folders that hold nothing: those of a job that was refused, whose scratch files are gone.</summary>
    /// <param name="andOutput">The output folder, too.</param>
    public void RemoveEmpty(bool andOutput)
    {
        if (request.CheckpointPath is not null || !Directory.Exists(Folder) || Directory.EnumerateFileSystemEntries(Folder).Any())
        {
            return;
        }

        try
        {
            Directory.Delete(Folder);
            RemoveParents();
            if (andOutput)
            {
                Directory.Delete(request.OutputFolder);
            }
        }
        catch (IOException)
        {
            return; // Something of another job is there.
        }
    }

    private void RemoveParents()
    {
        for (var parent = Path.GetDirectoryName(Folder)!; Path.GetFileName(parent) is "state" or ".dip"; parent = Path.GetDirectoryName(parent)!)
        {
            Directory.Delete(parent);
        }
    }

    /// <summary>What to say where nothing was kept.</summary>
    public const string Nothing = "There is no checkpoint of this job (same picture, options and seed); it starts from the beginning.";

    /// <summary>Forgets finished tiles and checkpoints: they are another run's.</summary>
    public void Forget()
    {
        for (var lane = 0; Directory.Exists(Folder) && lane < MostLanes; lane++)
        {
            File.Delete(Checkpoint(lane));
        }

        if (SavedState.TilesFolder(_file) is var folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Another job of the same output folder may remove the parents that it finds empty, between our making them and our writing.
    private static void Retried(Action write)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                write();
                return;
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && tries < 10)
            {
                continue;
            }
        }
    }
}
