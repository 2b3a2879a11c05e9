namespace DipPipeline.Engine.Imaging;

/// <summary>One point of the convergence curve.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Energy">Mean energy since the point before.</param>
/// <param name="Psnr">PSNR of the averaged output against the reference, dB; <see langword="null"/> without one.</param>
public sealed record CurvePoint(int Iteration, double Energy, double? Psnr);
