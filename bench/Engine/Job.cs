using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Plugins.Denoise;
using TorchSharp;

namespace DipPipeline.Bench;

/// <summary>A denoising run of the engine on a tensor.</summary>
internal sealed class Job : IDisposable
{
    private readonly Observation _observation;
    private readonly Problem _problem;

    /// <param name="picture">[1,C,H,W] in 0..1; taken over.</param>
    /// <param name="preset">A preset of the denoise task.</param>
    /// <param name="options">Further options, <c>key=value</c>.</param>
    public Job(torch.Tensor picture, string preset, string[] options)
    {
        var plugin = new DenoisePlugin();
        var values = OptionResolver.Resolve(plugin.Descriptor, preset, options.Select(o => o.Split('=', 2)).Select(o => KeyValuePair.Create(o[0], o[1])));
        var settings = SolverSettings.From(values);
        Plan = ExecutionPlan.For(Devices.Resolve("auto"), settings, WorkingSize.For(settings.Network, (int)picture.shape[2], (int)picture.shape[3]));
        _observation = new Observation { Picture = picture };
        _problem = plugin.Formulate(_observation, values);
        Solver = new Solver(_problem, new DipPipeline.Engine.Objectives.Seen(picture), settings, Plan, seed: 0, noiseSigma: settings.Stopping.NoiseSigma ?? 0, TimeProvider.System);
    }

    public ExecutionPlan Plan { get; }

    public Solver Solver { get; }

    public void Dispose()
    {
        Solver.Dispose();
        _problem.Dispose();
        _observation.Dispose();
    }
}
