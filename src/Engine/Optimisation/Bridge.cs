using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>What one run filled, which another goes on from.</summary>
/// <param name="Picture">As delivered, [1,C,H,W].</param>
/// <param name="Counters">How that run ended.</param>
internal sealed record Bridge(Tensor Picture, SolverCounters Counters);
