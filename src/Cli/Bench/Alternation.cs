namespace DipPipeline.Cli.Bench;

/// <summary>
/// Times engines in turn within one run, so that all meet the same machine in the same state. Each round begins with another engine, so
/// that a drift of the machine favours none.
/// </summary>
internal static class Alternation
{
    // What a round should take of one engine where the iterations are left open: long against the clock, short against a machine's moods.
    private const double RoundSeconds = 1;

    // Before anything counts: kernels are compiled and memory is mapped in the first iteration. On a GPU the next few are rehearsals, and then it is recorded.
    private const int WarmUp = 2;
    private const int WarmUpOnGpu = 8;

    /// <param name="engines">At least one.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="rounds">At least one.</param>
    /// <param name="iterations">Of each engine in each round; <see langword="null"/> takes as many as the first does in a second, 100 at most.</param>
    /// <param name="report">Called after each round.</param>
    /// <returns>Seconds per iteration of each engine in each round.</returns>
    public static Laps Measure(IReadOnlyList<EngineProcess> engines, string device, int rounds, int? iterations, Action<int>? report = null)
    {
        foreach (var engine in engines)
        {
            engine.Run(1);
        }

        if (device != "cpu")
        {
            engines.ToList().ForEach(engine => engine.Run(WarmUpOnGpu));
        }

        var warm = engines.Select(engine => engine.Run(WarmUp)).ToArray();
        var count = iterations ?? Math.Clamp((int)(RoundSeconds / Math.Max(1e-9, warm[0])), 1, 100);
        var seconds = engines.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var turn = 0; turn < engines.Count; turn++)
            {
                var engine = (round + turn) % engines.Count;
                seconds[engine][round] = engines[engine].Run(count);
            }

            report?.Invoke(round + 1);
        }

        return new Laps(count, seconds);
    }
}

/// <param name="Iterations">Of each engine in each round.</param>
/// <param name="Seconds">Per iteration: by engine, then by round.</param>
internal sealed record Laps(int Iterations, IReadOnlyList<double[]> Seconds);
