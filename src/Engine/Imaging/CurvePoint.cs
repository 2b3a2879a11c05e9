namespace DipPipeline.Engine.Imaging;

/// <summary>One point of a convergence curve.</summary>
/// <param name="Psnr">dB against a reference, where there is one.</param>
public sealed record CurvePoint(int Iteration, double Energy, double? Psnr);
