using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Plugins.Denoise;
using OpenCvSharp;
using Scalar = OpenCvSharp.Scalar;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Bench;

/// <summary>
/// Energy against iteration for a picture, the picture with noise, noise alone and the picture with its pixels shuffled
/// (Ulyanov et al. 2018, figure 2): the network offers high impedance to noise and low impedance to signal.
/// </summary>
internal static class Impedance
{
    private static readonly (int Width, int Height, int Margin) s_plot = (960, 600, 80);

    public static int Run(string picture, int side, string output, string[] options)
    {
        ProcessMemory.KeepFreedMemory();
        Backends.Prepare();
        using var whole = PictureTensors.ToTensor(PictureReader.Read(picture, 1 << 24), CPU);
        using var clean = whole.narrow(2, (whole.shape[2] - side) / 2, side).narrow(3, (whole.shape[3] - side) / 2, side).contiguous();
        var generator = new Generator(1, CPU);
        (string Name, Tensor Target)[] targets =
        [
            ("picture", clean.clone()),
            ("picture + noise (sigma 25)", (clean + (25 / 255.0 * randn(clean.shape, generator: generator))).clamp(0, 1)),
            ("noise (uniform)", rand(clean.shape, generator: generator)),
            ("picture, pixels shuffled", Shuffled(clean, generator)),
        ];
        var curves = targets.Select(t => (t.Name, Points: Curve(t.Name, t.Target, options))).ToArray();
        using var plot = Plot(curves);
        Cv2.ImWrite(output, plot);
        File.WriteAllLines(Path.ChangeExtension(output, ".csv"),
            [$"iteration,{string.Join(',', curves.Select(c => c.Name))}", .. curves[0].Points.Select((p, i) =>
                FormattableString.Invariant($"{p.Iteration},") + string.Join(',', curves.Select(c => c.Points[i].Energy.ToString("g6", System.Globalization.CultureInfo.InvariantCulture))))]);
        return 0;
    }

    private static IReadOnlyList<CurvePoint> Curve(string name, Tensor target, string[] options)
    {
        var plugin = new DenoisePlugin();
        var values = OptionResolver.Resolve(
            plugin.Descriptor, "paper", [.. options.Append("stop=fixed").Select(o => o.Split('=', 2)).Select(o => KeyValuePair.Create(o[0], o[1]))]);
        using var run = new MeasuredRun(plugin, values, "auto", device => target.to(device));
        var result = run.Solver.Run(new SolverEvents(), CancellationToken.None);
        result.Picture.Dispose();
        Console.WriteLine(FormattableString.Invariant($"{name}: energy {result.Counters.FirstEnergy:g4} to {result.Counters.LastEnergy:g4} in {result.Counters.Iteration} iterations"));
        return result.Curve;
    }

    private static Tensor Shuffled(Tensor picture, Generator generator)
    {
        using var order = rand([picture.shape[2] * picture.shape[3]], generator: generator).argsort();
        return picture.flatten(2).index_select(2, order).reshape(picture.shape);
    }

    private static Mat Plot((string Name, IReadOnlyList<CurvePoint> Points)[] curves)
    {
        var (width, height, margin) = s_plot;
        var plot = new Mat(height, width, MatType.CV_8UC3, Scalar.White);
        var (last, decades) = (curves.Max(c => c.Points[^1].Iteration), (Low: -4, High: -0.5));
        Scalar[] colours = [new(180, 119, 31), new(14, 127, 255), new(44, 160, 44), new(40, 39, 214)];
        for (var decade = decades.Low; decade <= -1; decade++)
        {
            Cv2.Line(plot, At(0, Math.Pow(10, decade)), At(last, Math.Pow(10, decade)), Scalar.LightGray);
            Text($"1e{decade}", new Point(14, At(0, Math.Pow(10, decade)).Y + 5), Scalar.Black);
        }

        for (var tick = 0; tick <= 5; tick++)
        {
            Text($"{last * tick / 5}", new Point(At(last * tick / 5, 1).X - 15, height - margin + 25), Scalar.Black);
        }

        Text("energy (mean squared residual) against iteration", new Point(margin, 30), Scalar.Black);
        for (var c = 0; c < curves.Length; c++)
        {
            Cv2.Polylines(plot, [curves[c].Points.Select(p => At(p.Iteration, p.Energy))], false, colours[c], 2, LineTypes.AntiAlias);
            Text(curves[c].Name, new Point(margin + 10 + (c % 2 * 330), height - 30 + (c / 2 * 22)), colours[c]);
        }

        return plot;

        Point At(int iteration, double energy) => new(
            margin + ((width - (2 * margin)) * iteration / last),
            (int)(margin + ((height - (2 * margin)) * (decades.High - Math.Log10(energy)) / (decades.High - decades.Low))));

        void Text(string text, Point at, Scalar colour) =>
            Cv2.PutText(plot, text, at, HersheyFonts.HersheySimplex, 0.5, colour, 1, LineTypes.AntiAlias);
    }
}
