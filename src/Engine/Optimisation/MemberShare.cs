namespace DipPipeline.Engine.Optimisation;

/// <summary>The networks of an ensemble that one run fits, one after another; what each comes to does not depend on the others.</summary>
/// <param name="First">Its first one, 0-based.</param>
/// <param name="Count">How many.</param>
internal readonly record struct MemberShare(int First, int Count)
{
    public int Last => First + Count - 1;

    /// <summary>Iterations of its networks at most.</summary>
    public int Iterations(SolverSettings settings) => Enumerable.Range(First, Count).Sum(settings.IterationsOf);

    /// <summary>All of them.</summary>
    public static MemberShare Whole(SolverSettings settings) => new(0, settings.Ensemble);

    /// <summary>What each of several runs at the same time fits of them: as many as another, or one more.</summary>
    /// <param name="settings">The job's settings.</param>
    /// <param name="among">Runs, no more than networks.</param>
    public static IReadOnlyList<MemberShare> Of(SolverSettings settings, int among) => [.. Enumerable.Range(0, among).Select(run =>
    {
        var (from, to) = (From(run), From(run + 1));
        return new MemberShare(from, to - from);

        int From(int n) => (int)((long)settings.Ensemble * n / among);
    })];
}
