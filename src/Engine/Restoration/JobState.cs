using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>The checkpoint of one job beside its output; removed with the job's success.</summary>
internal sealed class JobState(RestorationRequest request, OutputPaths paths, CheckpointIdentity identity)
{
    private readonly string _file = request.CheckpointPath ?? Path.Combine(paths.State(identity.JobId), "checkpoint.zip");

    private string Folder => Path.GetDirectoryName(_file)!;

    public void Save(Solver solver)
    {
        if (solver.State.Counters.Iteration == 0)
        {
            return;
        }

        // Another job of the same output folder may remove the parents that it finds empty, between our making them and our writing.
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.CreateDirectory(Folder);
                Checkpoint.Save(_file, identity, solver);
                break;
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && tries < 10)
            {
                continue;
            }
        }

        request.Checkpointed?.Invoke(solver.State.Counters.Iteration);
    }

    /// <summary>Goes on from the checkpoint, where there is one that fits.</summary>
    /// <returns>One sentence that says what happened.</returns>
    public string Resume(Solver solver) => !File.Exists(_file)
        ? "There is no checkpoint of this job (same picture, options and seed); it starts from the beginning."
        : Checkpoint.TryLoad(_file, identity, solver)
            ?? FormattableString.Invariant($"Resumed from the checkpoint at iteration {solver.State.Counters.Iteration}.");

    /// <summary>Removes the job's folder, and its parents where they are empty then; of a checkpoint kept elsewhere the file alone.</summary>
    public void Remove()
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        if (request.CheckpointPath is not null)
        {
            File.Delete(_file);
            return;
        }

        try
        {
            Directory.Delete(Folder, recursive: true);
            for (var parent = Path.GetDirectoryName(Folder)!; Path.GetFileName(parent) is "state" or ".dip"; parent = Path.GetDirectoryName(parent)!)
            {
                Directory.Delete(parent);
            }
        }
        catch (IOException)
        {
            // A parent holds another job's state, or something reads ours: the result is committed, and a left-over folder harms nothing.
            return;
        }
    }
}
