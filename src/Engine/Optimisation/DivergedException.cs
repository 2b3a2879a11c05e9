namespace DipPipeline.Engine.Optimisation;

/// <summary>The fit broke down again and again, even at lower learning rates.</summary>
public sealed class DivergedException(int iteration, double learningRate) : Exception(
    FormattableString.Invariant($"The optimisation diverged three times in a row near iteration {iteration}, last at a learning rate of {learningRate:g3}; try a lower one with --set learning-rate={learningRate / 4:g2}."))
{
    public int Iteration { get; } = iteration;

    public double LearningRate { get; } = learningRate;
}
