using DipPipeline.Contracts;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>What a task makes of a picture, as it says of a corner of it.</summary>
/// <param name="Factor">Pixels of the answer for one of the observation, along each side.</param>
/// <param name="Channels">Of the answer.</param>
/// <param name="IsNoisy">As <see cref="Energy.Problem.ObservationIsNoisy"/>.</param>
internal sealed record AnswerShape(int Factor, int Channels, bool IsNoisy)
{
    // Enough for a task to say.
    private const int Corner = 64;

    /// <exception cref="RefusedException">The task makes no whole number of pixels of one, so that its tiles would not fit together.</exception>
    public static AnswerShape Of(Job job, TiledSources sources)
    {
        var (width, height) = (Math.Min(Corner, sources.Picture.Width), Math.Min(Corner, sources.Picture.Height));
        using var observation = sources.Observe(0, 0, width, height, torch.CPU);
        using var problem = job.Formulate(observation);
        var factor = problem.Width / width;
        return factor >= 1 && (factor * width, factor * height) == (problem.Width, problem.Height)
            ? new AnswerShape(factor, problem.Channels, problem.ObservationIsNoisy)
            : throw new RefusedException($"Task '{job.Request.Plugin.Descriptor.Id}' makes {problem.Width}×{problem.Height} of {width}×{height} pixels, which cannot be done in tiles; accepted: a picture that fits into memory as a whole.");
    }
}
