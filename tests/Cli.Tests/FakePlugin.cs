using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.Cli.Tests;

internal sealed class FakePlugin(TaskDescriptor task) : TaskPlugin
{
    public override TaskDescriptor Descriptor => task;

    public override Problem Formulate(Observation observation, OptionSet options) => throw new InvalidOperationException("The fake restorer optimises nothing.");
}
