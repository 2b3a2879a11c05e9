namespace DipPipeline.Contracts.Results;

/// <summary>One point of a convergence curve.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Energy">Mean energy of the iterations since the point before.</param>
/// <param name="Psnr">PSNR of the averaged output over all channels, dB, where there is a reference.</param>
public sealed record CurvePoint(int Iteration, double Energy, double? Psnr = null);
