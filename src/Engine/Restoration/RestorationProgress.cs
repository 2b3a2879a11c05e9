namespace DipPipeline.Engine.Restoration;

/// <summary>Where a running restoration is. Reported from the optimisation's thread, of tiles, or networks, at the same time from each one's, one at a time, a few times a second at most.</summary>
/// <param name="Iteration">Iterations done, those before a resume included; over all tiles, each finished one counting with the most it might have had, and one that is fitted twice (<see cref="Fit"/>) as one that is not.</param>
/// <param name="Iterations">Iterations at most, over all tiles.</param>
/// <param name="IterationsPerSecond">Speed of this run.</param>
/// <param name="Remaining">Time left if it runs to the last iteration, without those of networks that a rule has ended; in tiles, if the rest takes as many iterations as the finished ones did.</param>
/// <param name="Energy">The energy, mean of the last few iterations, of the tile, or the network, that reports.</param>
/// <param name="Psnr">PSNR of its averaged output against the reference, dB; <see langword="null"/> without one.</param>
public sealed record RestorationProgress(
    int Iteration, int Iterations, double IterationsPerSecond, TimeSpan Remaining, double Energy, double? Psnr)
{
    /// <summary>Iterations a second; never 0, which would leave no end in sight: a run that went back may stand where it began.</summary>
    internal static double SpeedOf(long done, TimeSpan elapsed) => Math.Max(1, done) / Math.Max(1e-9, elapsed.TotalSeconds);

    /// <summary>Time of this run's optimisation so far; the device had done all it was given when the clock was read.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The tile under way, from 1; where several are, one more than are finished.</summary>
    public int Tile { get; init; } = 1;

    /// <summary>How many there are; 1 for a picture restored as a whole.</summary>
    public int Tiles { get; init; } = 1;
}
