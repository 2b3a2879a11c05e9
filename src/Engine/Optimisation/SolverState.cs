using System.Text.Json.Serialization;
using DipPipeline.Contracts.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// Everything a run remembers between iterations: named tensors (weights, moments, averages, the stopping rule's), counters, and the
/// curve. A snapshot is a real copy; a checkpoint is this, written down.
/// </summary>
internal sealed class SolverState : IDisposable
{
    private readonly SortedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    public SolverCounters Counters { get; set; } = new();

    /// <summary>Energy (and PSNR) at each check so far.</summary>
    public List<CurvePoint> Curve { get; init; } = [];

    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    public Tensor this[string name] => _tensors[name];

    /// <summary>Takes over a tensor.</summary>
    public void Add(string name, Tensor tensor) => _tensors.Add(name, tensor.DetachFromDisposeScope());

    public SolverState Snapshot()
    {
        var copy = new SolverState { Counters = Counters, Curve = [.. Curve] };
        foreach (var (name, tensor) in _tensors)
        {
            using var detached = tensor.detach();
            copy.Add(name, detached.clone());
        }

        return copy;
    }

    /// <summary>Overwrites every tensor, the counters and the curve with those of a state of the same shape.</summary>
    public void CopyFrom(SolverState other)
    {
        using var _ = no_grad();
        foreach (var (name, tensor) in _tensors)
        {
            tensor.copy_(other[name]);
        }

        Counters = other.Counters;
        Curve.Clear();
        Curve.AddRange(other.Curve);
    }

    /// <summary>Takes the PSNR out of the curve.</summary>
    public void ForgetPsnr()
    {
        for (var i = 0; i < Curve.Count; i++)
        {
            Curve[i] = Curve[i] with { Psnr = null };
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }
}

/// <summary>The numbers of a <see cref="SolverState"/>.</summary>
internal sealed record SolverCounters
{
    /// <summary>Iterations done; those of networks before, which another run fits, counted as done.</summary>
    public int Iteration { get; init; }

    /// <summary>The network of the ensemble, 0-based.</summary>
    public int Member { get; init; }

    /// <summary>Iterations done before that network's first.</summary>
    [JsonRequired]
    public int MemberFirst { get; init; }

    /// <summary>Networks of the ensemble that the stopping rule has ended before their last iteration.</summary>
    public int EndedEarly { get; init; }

    /// <summary>Iterations of that network that are done.</summary>
    [JsonIgnore]
    public int Own => Iteration - MemberFirst;

    /// <summary>The one of them that <see cref="BestIteration"/> is.</summary>
    [JsonIgnore]
    public int BestOwn => BestIteration - MemberFirst;

    /// <summary>Factor on the network's learning rate, halved by each divergence.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Energy of the first iteration.</summary>
    public double FirstEnergy { get; init; } = double.NaN;

    /// <summary>Mean energy at the last check.</summary>
    public double LastEnergy { get; init; } = double.NaN;

    /// <summary>Outputs in the tail's sum.</summary>
    public int TailCount { get; init; }

    /// <summary>Times the run went back, in all.</summary>
    public int Divergences { get; init; }

    /// <summary>The least so far, of the network, of what the stopping rule measures.</summary>
    public double LeastMeasure { get; init; } = double.MaxValue;

    /// <summary>The iteration of the least measure; 0 before there is one.</summary>
    public int BestIteration { get; init; }

    /// <summary>Time spent so far, seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>What ended the run; <see langword="null"/> while it goes on.</summary>
    public string? StoppedBy { get; init; }

    /// <param name="member">The network that a run begins with.</param>
    /// <param name="iteration">Iterations that those before it have at most.</param>
    public static SolverCounters AtTheStartOf(int member, int iteration) => new() { Iteration = iteration, Member = member, MemberFirst = iteration };
}
