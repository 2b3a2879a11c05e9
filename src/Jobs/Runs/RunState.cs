namespace DipPipeline.Jobs.Runs;

/// <summary>Where an archive run stands. That it is done follows from its rows.</summary>
public enum RunState
{
    /// <summary>Its manifest is being entered; nothing of it is done yet.</summary>
    Entering = 0,

    /// <summary>The Watcher takes its rows, one after the other.</summary>
    Active = 1,

    /// <summary>By a person: no row of it is taken, and none of its jobs published.</summary>
    Paused = 2,
}
