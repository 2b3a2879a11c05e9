namespace DipPipeline.Engine.Restoration;

/// <summary>Where a running restoration is. Reported from the optimisation's thread, a few times a second at most.</summary>
/// <param name="Iteration">Iterations done, those before a resume included.</param>
/// <param name="Iterations">Iterations at most.</param>
/// <param name="IterationsPerSecond">Speed of this run.</param>
/// <param name="Remaining">Time left if it runs to the last iteration.</param>
/// <param name="Energy">The energy, mean of the last few iterations.</param>
/// <param name="Psnr">PSNR of the averaged output against the reference, dB; <see langword="null"/> without one.</param>
public sealed record RestorationProgress(
    int Iteration, int Iterations, double IterationsPerSecond, TimeSpan Remaining, double Energy, double? Psnr)
{
    /// <summary>Time of this run's optimisation so far; the device had done all it was given when the clock was read.</summary>
    public TimeSpan Elapsed { get; init; }
}
