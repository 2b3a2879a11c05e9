using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Optimisation;

/// <summary>A denoising problem small enough for many runs: a smooth scene with an edge, and noise of σ = 0.1.</summary>
internal sealed class TinyJob : IDisposable
{
    public const double Sigma = 0.1;

    public static readonly ExecutionPlan Plan = new("cpu", Precision.Float32, 1);

    private readonly Tensor _observed;

    public TinyJob(int height = 32, int width = 32, int channels = 3, string on = "cpu")
    {
        using var scope = NewDisposeScope();
        var (y, x) = (linspace(0, 1, height).unsqueeze(1), linspace(0, 1, width).unsqueeze(0));
        var scene = (0.5 + (0.3 * (x * 4).sin() * (y * 3).cos()) + (0.2 * (x > y).to(float32))).expand(1, channels, height, width);
        Truth = scene.contiguous().to(torch.device(on)).DetachFromDisposeScope();
        _observed = (Truth + (Sigma * randn(Truth.shape, generator: new Generator(9, CPU))).to(torch.device(on))).DetachFromDisposeScope();
        Problem = new Problem { Energy = new LeastSquares(new Identity(), _observed), Height = height, Width = width, Channels = channels, ObservationIsNoisy = true };
    }

    public Tensor Truth { get; }

    public Tensor Observed => _observed;

    public Problem Problem { get; }

    public static SolverSettings Settings(params (string Name, string Value)[] overrides)
    {
        (string Name, string Value)[] small =
        [
            ("channels-down", "8,8"), ("channels-up", "8,8"), ("channels-skip", "2,2"), ("input-channels", "4"), ("iterations", "60"),
            ("precision", "float32"), ("checkpoint-every", "20"),
        ];
        var descriptor = new TaskDescriptor
        {
            Id = "test", Version = "1", Title = "", Formula = "", Options = SolverOptions.All, DefaultPreset = "none",
            Presets = [new() { Name = "none", Help = "", Values = new Dictionary<string, string>() }],
        };
        return SolverSettings.From(OptionResolver.Resolve(descriptor, null, small.Concat(overrides).Select(o => KeyValuePair.Create(o.Name, o.Value))));
    }

    public Solver Solver(SolverSettings settings, long seed = 0, Problem? problem = null, ExecutionPlan? plan = null, MemberShare? share = null) =>
        new(problem ?? Problem, new Seen(_observed), settings, plan ?? Plan, seed, Sigma, TimeProvider.System, share);

    /// <summary>The bytes of a whole run's result.</summary>
    public byte[] Run(SolverSettings settings, long seed = 0, ExecutionPlan? plan = null)
    {
        using var solver = Solver(settings, seed, plan: plan);
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        using var picture = result.Picture.cpu();
        result.Picture.Dispose();
        return picture.bytes.ToArray();
    }

    public void Dispose()
    {
        Problem.Dispose();
        Truth.Dispose();
        _observed.Dispose();
    }
}
