using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Energy;

/// <summary>
/// A task: what it is called and offers (<see cref="Descriptor"/>), and how an observation becomes an energy.
/// One instance serves many jobs at once, so it keeps no state of a job.
/// </summary>
public abstract class TaskPlugin
{
    public abstract TaskDescriptor Descriptor { get; }

    /// <summary>
    /// States the inverse problem of one picture; of one too large for memory, that of each tile, of bands of it, and of a corner, each cut
    /// from the picture with its companions. So the answer depends on nothing but the observation and the options, and is a whole number of
    /// times its size.
    /// </summary>
    /// <param name="observation">The picture and its companions; owned by the caller and alive as long as the result.</param>
    /// <param name="options">The effective options, already checked against the schema.</param>
    /// <exception cref="RefusedException">The observation cannot be used; one sentence that says why and what could be.</exception>
    public abstract Problem Formulate(Observation observation, OptionSet options);
}
