using System.Diagnostics;
using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using DipPipeline.Engine.Optimisation;
using OpenCvSharp;
using TorchSharp;
using static TorchSharp.torch;

// experiment TASK INPUT REFERENCE|- MASK|- PRESET [key=value ...]
var (task, inputPath, referencePath, maskPath, preset) = (args[0], args[1], args[2], args[3], args[4]);
var overrides = args[5..].Where(a => !a.StartsWith("seed=")).Select(a => a.Split('=', 2)).Select(a => KeyValuePair.Create(a[0], a[1]));
var seed = args[5..].Where(a => a.StartsWith("seed=")).Select(a => long.Parse(a[5..])).FirstOrDefault();
TaskPlugin plugin = task switch { "denoise" => new DipPipeline.Plugins.Denoise.DenoisePlugin(), "superres" => new DipPipeline.Plugins.SuperResolution.SuperResolutionPlugin(), _ => new DipPipeline.Plugins.Inpainting.InpaintingPlugin() };
var options = OptionResolver.Resolve(plugin.Descriptor, preset, overrides);
var settings = SolverSettings.From(options);
var plan = ExecutionPlan.For("cpu", settings);
if (Environment.GetEnvironmentVariable("MALLOPT") is { } m) { foreach (var p in m.Split(',')) { var kv = p.Split(':'); Native.mallopt(int.Parse(kv[0]), int.Parse(kv[1])); } }
using var observation = new Observation { Picture = Load(inputPath), Companions = maskPath == "-" ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor> { ["mask"] = LoadMask(maskPath) } };
using var problem = plugin.Formulate(observation, options);
var reference = referencePath == "-" ? null : Load(referencePath);
double sigma = settings.Stopping.NoiseSigma ?? 25 / 255.0;
using var solver = new Solver(problem, observation.Picture, settings, plan, seed, sigma, TimeProvider.System);
var clock = Stopwatch.StartNew();
var last = TimeSpan.Zero;
var best = (0.0, 0);
using (no_grad()) { }
var result = solver.Run(new SolverEvents
{
    Psnr = reference is null ? null : x => Psnr(problem.Deliver(x)),
    Notice = Console.WriteLine,
    Progress = p =>
    {
        if (p.Point.Psnr > best.Item1) best = (p.Point.Psnr.Value, p.Point.Iteration);
        if (p.Point.Iteration % 100 == 0) Console.WriteLine($"{p.Point.Iteration,6} {p.Elapsed.TotalSeconds,7:0.0}s  {p.Elapsed.TotalSeconds / p.Done,6:0.000} s/it  E {p.Point.Energy:0.000000} ({255 * Math.Sqrt(p.Point.Energy):0.00})  PSNR {p.Point.Psnr:0.00}");
    },
}, default);
Console.WriteLine($"{result.StoppedBy}; best {best.Item1:0.00} at {best.Item2}");
if (reference is not null) Console.WriteLine($"RESULT {Psnr(problem.Deliver(result.Picture)):0.00} dB {clock.Elapsed.TotalSeconds:0.0} s, {result.Counters.Iteration} iterations  " + string.Join(" ", args[4..]) + $" peak {File.ReadAllLines("/proc/self/status").First(l => l.StartsWith("VmHWM"))[6..].Trim()}");

double Psnr(Tensor x)
{
    using var scope = NewDisposeScope();
    var (a, b) = ((x.clamp(0, 1) * 255).round() / 255, reference!);
    if (task == "superres")
    {
        // luma of the picture less four pixels
        (a, b) = (Luma(a), Luma(b));
        a = a.narrow(2, 4, a.shape[2] - 8).narrow(3, 4, a.shape[3] - 8); b = b.narrow(2, 4, b.shape[2] - 8).narrow(3, 4, b.shape[3] - 8);
    }
    return -10 * Math.Log10((a - b).square().mean().item<float>());
}

static Tensor Luma(Tensor x) => (x * tensor(new[] { 65.481f / 255, 128.553f / 255, 24.966f / 255 }, [1, 3, 1, 1])).sum(1, keepdim: true) + (16f / 255);

static Tensor Load(string path)
{
    using var raw = Cv2.ImRead(path, ImreadModes.Unchanged);
    if (raw.Channels() == 1) { raw.GetArray(out byte[] gray); return tensor(gray.Select(p => p / 255f).ToArray(), [1, 1, raw.Rows, raw.Cols]); }
    using var mat = Cv2.ImRead(path, ImreadModes.Color);
    using var rgb = mat.CvtColor(ColorConversionCodes.BGR2RGB);
    rgb.GetArray(out Vec3b[] pixels);
    var data = pixels.SelectMany(p => new[] { p.Item0 / 255f, p.Item1 / 255f, p.Item2 / 255f }).ToArray();
    return tensor(data, [1, mat.Rows, mat.Cols, 3]).permute(0, 3, 1, 2).contiguous();
}

Tensor LoadMask(string path)
{
    if (path == "nonzero") { var x = observationPicture(); return x; }
    using var mat = Cv2.ImRead(path, ImreadModes.Grayscale);
    mat.GetArray(out byte[] pixels);
    return tensor(pixels.Select(p => p / 255f).ToArray(), [1, 1, mat.Rows, mat.Cols]);
}

Tensor observationPicture() { var x = Load(inputPath); return (x.amax([1], true) > 0).to(float32); }

internal static partial class Native { [System.Runtime.InteropServices.DllImport("libc")] public static extern int mallopt(int param, int value); }
