using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>The checkpoint of one job beside its output; removed with the job's success.</summary>
internal sealed class JobState(OutputPaths paths, CheckpointIdentity identity)
{
    private readonly string _folder = paths.State(identity.JobId);

    private string File => Path.Combine(_folder, "checkpoint.zip");

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
                Directory.CreateDirectory(_folder);
                Checkpoint.Save(File, identity, solver);
                return;
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && tries < 10)
            {
                continue;
            }
        }
    }

    /// <summary>Goes on from the checkpoint, where there is one that fits.</summary>
    /// <returns>One sentence that says what happened.</returns>
    public string Resume(Solver solver) => !System.IO.File.Exists(File)
        ? "There is no checkpoint of this job (same picture, options and seed); it starts from the beginning."
        : Checkpoint.TryLoad(File, identity, solver)
            ?? FormattableString.Invariant($"Resumed from the checkpoint at iteration {solver.State.Counters.Iteration}.");

    /// <summary>Removes the job's folder, and its parents where they are empty then.</summary>
    public void Remove()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
            for (var parent = Path.GetDirectoryName(_folder)!; Path.GetFileName(parent) is "state" or ".dip"; parent = Path.GetDirectoryName(parent)!)
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
