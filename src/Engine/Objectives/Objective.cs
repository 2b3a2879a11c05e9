using DipPipeline.Contracts;
using DipPipeline.Energy;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Objectives;

/// <summary>
/// What is minimised, and the picture that the network is shown beside z for it (its guide), if any: the task's energy itself, or an
/// estimate of the distance to the unknown clean picture that a network which sees the observation cannot bring down by copying it.
/// </summary>
internal abstract class Objective : IDisposable
{
    /// <summary>Channels of the guide; 0 shows none.</summary>
    public abstract int GuideChannels { get; }

    /// <summary>The guide of the next iteration, [1,G,H,W] at the size of the restored picture, float32; not owned by the caller.</summary>
    /// <param name="iteration">0-based.</param>
    /// <param name="generator">The job's generator where the data is.</param>
    public abstract Tensor? Show(int iteration, Generator generator);

    /// <summary>
    /// For the output <paramref name="x"/> that the network made of what it was last shown: the scalar to minimise, and the energy, never
    /// negative, by which the run is followed.
    /// </summary>
    public abstract (Tensor Minimised, Tensor Energy) Evaluate(Tensor x);

    public abstract void Dispose();

    /// <param name="settings">Which objective.</param>
    /// <param name="problem">The energy.</param>
    /// <param name="seen">What may be shown.</param>
    /// <param name="sigma">The noise of the observation in 0..1, where it is known.</param>
    /// <param name="heldOut">1 where a pixel is held out, [1,1,H,W], for an objective that can do so (<see cref="IHeldOut"/>), which takes it over.</param>
    /// <exception cref="RefusedException">The objective does not fit the problem.</exception>
    public static Objective Create(ObjectiveSettings settings, Problem problem, Seen seen, double? sigma, Tensor? heldOut = null) => settings.Kind switch
    {
        ObjectiveKind.Recorrupted => new Recorrupted(problem.Energy, RequireSameSize(seen.Observation, problem, "recorrupted"),
            sigma ?? throw new RefusedException("objective=recorrupted needs the noise level; give it with --set noise-sigma=…."), settings.Recorruption, heldOut),
        ObjectiveKind.BlindSpot => new BlindSpot(problem.Energy, RequireSameSize(seen.Observation, problem, "blind-spot"), problem.Known, settings.Dropped),
        _ => new PlainEnergy(problem.Energy, settings.Guide switch
        {
            GuideKind.None => null,
            GuideKind.Observation => seen.Observation,
            _ => seen.Estimate ?? throw new RefusedException("guide=estimate needs a quick estimate, and this task names no classical method for one (its baseline)."),
        }),
    };

    private static Tensor RequireSameSize(Tensor observation, Problem problem, string name) =>
        observation.shape[2] == problem.Height && observation.shape[3] == problem.Width ? observation
        : throw new RefusedException($"objective={name} needs an observation of the restored picture's size; accepted here: energy.");
}

/// <summary>What a network can be shown of a job.</summary>
/// <param name="Observation">x0, [1,C,h,w].</param>
/// <param name="Estimate">The classical method's answer, [1,C,H,W]; <see langword="null"/> where there is none.</param>
internal sealed record Seen(Tensor Observation, Tensor? Estimate = null);

/// <summary>E(x; x0) itself; the guide, if any, is the same picture at each iteration.</summary>
internal sealed class PlainEnergy(LeastSquares energy, Tensor? guide) : Objective
{
    public override int GuideChannels => guide is null ? 0 : (int)guide.shape[1];

    public override Tensor? Show(int iteration, Generator generator) => guide;

    public override (Tensor Minimised, Tensor Energy) Evaluate(Tensor x)
    {
        var value = energy.Evaluate(x);
        return (value, value);
    }

    public override void Dispose()
    {
    }
}

/// <summary>
/// Recorrupted-to-recorrupted (Pang, Zheng, Quan, Ji, CVPR 2021): the network sees x0 + ασn and is to make x0 − σn/α, with fresh normal n
/// each time. Both have the same clean mean and independent noise, so nothing is won by copying noise; expanded, it is
/// E(x; x0) + (2σ/α)·⟨A x − x0, n⟩ + const, weighed and normalised as E: Stein's unbiased risk estimate, whose divergence term the input's own noise estimates.
/// </summary>
internal sealed class Recorrupted(LeastSquares energy, Tensor observation, double sigma, double alpha, Tensor? heldOut = null) : Objective, IHeldOut
{
    private readonly Tensor? _judged = heldOut is null ? null : (1 - heldOut).DetachFromDisposeScope();
    private readonly Tensor _noise = empty_like(observation).DetachFromDisposeScope();
    private readonly Tensor _guide = empty_like(observation).DetachFromDisposeScope();

    public override int GuideChannels => (int)observation.shape[1];

    public override Tensor Show(int iteration, Generator generator)
    {
        _noise.normal_(0, 1, generator);
        _guide.copy_(observation).add_(_noise, alpha * sigma);
        return _guide;
    }

    public override (Tensor Minimised, Tensor Energy) Evaluate(Tensor x)
    {
        var value = _judged is null ? energy.Evaluate(x) : energy.Evaluate(x, _judged);
        var covariance = _judged is null ? energy.Correlation(x, _noise) : energy.Correlation(x, _noise, _judged);
        return (value + (covariance * (2 * sigma / alpha)), value);
    }

    public Tensor Residual(Tensor average) => energy.Evaluate(average, heldOut!);

    // The average knows nothing of this noise: it changes nothing of the expectation, and takes most of the variance away.
    public Tensor CovariancePenalty(Tensor x, Tensor average)
    {
        using var covariance = energy.Correlation(x, _noise, heldOut!);
        using var chance = energy.Correlation(average, _noise, heldOut!);
        return (covariance - chance) * (2 * sigma / alpha);
    }

    public override void Dispose()
    {
        heldOut?.Dispose();
        _judged?.Dispose();
        _noise.Dispose();
        _guide.Dispose();
    }
}

/// <summary>
/// Self-supervision by dropped pixels (Self2Self, Quan, Chen, Pang, Ji, CVPR 2020): the network sees the known pixels less some, the rest
/// interpolated from them, and a channel that says which, and is judged by the dropped ones alone. What is dropped is a random share, at
/// most <c>dropped</c> and at least a sixth of that. Where the picture has holes whose middles touch nothing known, every second iteration
/// drops what a shifted copy of them covers instead: so the network learns to fill holes of the very shapes that it is to fill.
/// </summary>
internal sealed class BlindSpot : Objective
{
    private readonly LeastSquares _energy;
    private readonly Tensor _observation;
    private readonly Tensor _known;
    private readonly double _dropped;
    private readonly Tensor _guide;
    private readonly Tensor _judged;
    private readonly bool _hasWideHoles;

    public BlindSpot(LeastSquares energy, Tensor observation, Tensor? known, double dropped)
    {
        using var scope = NewDisposeScope();
        (_energy, _observation, _dropped) = (energy, observation, dropped);
        long[] plane = [1, 1, observation.shape[2], observation.shape[3]];
        _known = (known is null ? ones(plane, device: observation.device) : (known >= 1).to(float32)).DetachFromDisposeScope();
        _guide = zeros([1, observation.shape[1] + 1, plane[2], plane[3]], device: observation.device).DetachFromDisposeScope();
        _judged = empty_like(_known).DetachFromDisposeScope();
        _hasWideHoles = HasWideHoles(_known);
    }

    public override int GuideChannels => (int)_guide.shape[1];

    public override Tensor Show(int iteration, Generator generator)
    {
        using var scope = NewDisposeScope();
        var random = SplitMix.Mixed((ulong)iteration);
        if (_hasWideHoles && iteration % 2 == 1)
        {
            var (down, right) = ((long)(random % (ulong)_known.shape[2]), (long)((random >> 32) % (ulong)_known.shape[3]));
            _judged.copy_((1 - _known).roll([down, right], [2, 3])).mul_(_known);
        }
        else
        {
            var share = _dropped * (1 + (5 * (random >> 11) / (double)(1L << 53))) / 6;
            _judged.uniform_(0, 1, generator);
            _judged.copy_(_judged.less(share)).mul_(_known);
        }

        var shown = _known - _judged;
        _guide.narrow(1, 0, _observation.shape[1]).copy_(PushPull.Fill(_observation, shown));
        _guide.narrow(1, _observation.shape[1], 1).copy_(shown);
        return _guide;
    }

    public override (Tensor Minimised, Tensor Energy) Evaluate(Tensor x)
    {
        var value = _energy.Evaluate(x, _judged);
        return (value, value);
    }

    public override void Dispose()
    {
        _known.Dispose();
        _guide.Dispose();
        _judged.Dispose();
    }

    // One unknown pixel in twenty has no known one among its eight neighbours; where half of all pixels are missing at random, one in 256.
    private static bool HasWideHoles(Tensor known)
    {
        using var scope = NewDisposeScope();
        var near = nn.functional.max_pool2d(known, 3, stride: 1, padding: 1);
        return (1 - near).sum().item<float>() > 0.05 * (1 - known).sum().item<float>();
    }
}
