namespace DipPipeline.Engine.Restoration;

/// <summary>Something a person should know while a restoration runs: a checkpoint refused, a divergence survived.</summary>
/// <param name="Message">One sentence.</param>
public sealed record RestorationNotice(string Message);
