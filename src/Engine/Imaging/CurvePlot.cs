using DipPipeline.Contracts.Results;
using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// The convergence curve as a PNG of 960×540: energy over iterations on a logarithmic axis, PSNR on the right where there
/// is one, the chosen iterate marked. Lettered with OpenCV's stroke fonts, because servers often have no fonts installed.
/// </summary>
public static class CurvePlot
{
    public const int Width = 960, Height = 540;

    private const double Left = 84, Right = 876, Top = 52, Bottom = 478;
    private static readonly Scalar Ink = new(60, 60, 60), Grid = new(228, 228, 228), Blue = new(176, 100, 24), Orange = new(20, 110, 230), Green = new(70, 140, 40);

    /// <param name="points">In order of iteration; energies that a logarithm cannot show (zero, negative, not finite) are left out.</param>
    /// <param name="title">Characters beyond ASCII are drawn as question marks.</param>
    public static void Write(string path, IReadOnlyList<CurvePoint> points, int chosenIteration, string title)
    {
        using var canvas = new PlotCanvas(Width, Height);
        var energies = Shown(points.Select(point => (point.Iteration, Math.Log10(point.Energy))));
        var psnrs = Shown(points.Select(point => (point.Iteration, point.Psnr ?? double.NaN)));

        var iterations = PlotAxis.Covering(points.Select(point => (double)point.Iteration).Append(0).Append(chosenIteration), Left, Right, most: 8);
        var energyAxis = PlotAxis.Logarithmic(energies.Select(point => point.Value), Bottom, Top);
        var psnrAxis = PlotAxis.Covering(psnrs.Select(point => point.Value), Bottom, Top, most: 7);

        DrawGrid(canvas, iterations, energyAxis);
        canvas.Text(title, (Left + Right) / 2, 20, 0.62, Ink, 0.5);
        canvas.Text("iteration", (Left + Right) / 2, 524, 0.5, Ink, 0.5);
        canvas.Text("energy (log)", 12, Top - 12, 0.46, Blue, 0);
        canvas.Polyline(energies.Select(point => (iterations.At(point.Iteration), energyAxis.At(point.Value))), Blue);
        if (psnrs.Count > 0)
        {
            foreach (var (value, label) in psnrAxis.Ticks)
                canvas.Text(label, Right + 8, psnrAxis.At(value) + 5, 0.44, Orange, 0);
            canvas.Text("PSNR (dB)", Width - 12, Top - 12, 0.46, Orange, 1);
            canvas.Polyline(psnrs.Select(point => (iterations.At(point.Iteration), psnrAxis.At(point.Value))), Orange);
        }

        MarkChosen(canvas, iterations.At(chosenIteration), $"chosen: {chosenIteration}");
        DrawLegend(canvas, psnrs.Count > 0);
        AtomicFile.Write(path, canvas.ToPng());
    }

    private static List<(int Iteration, double Value)> Shown(IEnumerable<(int, double Value)> points) =>
        [.. points.Where(point => double.IsFinite(point.Value))];

    private static void DrawGrid(PlotCanvas canvas, PlotAxis iterations, PlotAxis energies)
    {
        foreach (var (value, label) in iterations.Ticks)
        {
            canvas.Line(iterations.At(value), Top, iterations.At(value), Bottom, Grid, 1);
            canvas.Text(label, iterations.At(value), Bottom + 20, 0.44, Ink, 0.5);
        }

        foreach (var (value, label) in energies.Ticks)
        {
            canvas.Line(Left, energies.At(value), Right, energies.At(value), Grid, 1);
            canvas.Text(label, Left - 8, energies.At(value) + 5, 0.44, Blue, 1);
        }

        canvas.Line(Left, Top, Left, Bottom, Ink, 1);
        canvas.Line(Right, Top, Right, Bottom, Ink, 1);
        canvas.Line(Left, Bottom, Right, Bottom, Ink, 1);
        canvas.Line(Left, Top, Right, Top, Ink, 1);
    }

    /// <summary>
    /// The label stands on the side of the line that has room, at middle height: late in a run the energy is below and the
    /// PSNR above.
    /// </summary>
    private static void MarkChosen(PlotCanvas canvas, double x, string label)
    {
        canvas.Line(x, Top, x, Bottom, Green, 1.5);
        var onLeft = x > (Left + Right) / 2;
        canvas.Text(label, onLeft ? x - 6 : x + 6, (Top + Bottom) / 2, 0.46, Green, onLeft ? 1 : 0);
    }

    private static void DrawLegend(PlotCanvas canvas, bool withPsnr)
    {
        var x = withPsnr ? 330.0 : 400.0;
        Entry("energy", Blue);
        if (withPsnr)
            Entry("PSNR", Orange);
        Entry("chosen iterate", Green);

        void Entry(string name, Scalar colour)
        {
            canvas.Line(x, Top - 17, x + 26, Top - 17, colour, 2);
            x = canvas.Text(name, x + 33, Top - 12, 0.44, Ink, 0) + 26;
        }
    }
}
