using DipPipeline.Contracts;
using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Restores one picture file: reads and checks it, has the plugin formulate the problem, optimises, and writes
/// <c>photo.png</c> (for any other source the whole name is kept: <c>photo.jpg.png</c>), <c>photo.curve.png</c>,
/// <c>photo.preview.jpg</c> and last, as the commit mark, <c>photo.json</c>. Synchronous, on the caller's thread, and on as many more as tiles, or networks, are fitted at the same time.
/// </summary>
public sealed class PictureRestorer(TimeProvider time)
{
    /// <exception cref="RefusedException">Bad input; nothing was written.</exception>
    /// <exception cref="DivergedException">The optimisation broke down for good.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written if any iteration was done.</exception>
    public RestorationMetrics Restore(
        RestorationRequest request,
        Action<RestorationProgress>? progress = null,
        Action<RestorationNotice>? notice = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ProcessMemory.KeepFreedMemory();
        Backends.Prepare();
        var tiles = TileSettings.From(request.Options);
        var device = Devices.Resolve(request.Device);
        var settings = SettingsOf(request, device, notice);
        var budget = tiles.MemoryBytes ?? request.FreeMemoryBytes ?? DeviceMemory.Bytes(device);
        var threads = device == "cpu" ? ExecutionPlan.ThreadsOf(settings, request.Threads) : 1;
        var job = new Job(request, settings, device, channels => new TilePlanner(tiles, new JobMemory(settings, device, channels), budget, threads), progress, notice, time);
        var header = PictureReader.Probe(request.PicturePath);
        // What will be done in tiles is never held as a whole; what may fit is, and is found out once the plugin said how large the answer is.
        try
        {
            return job.Planner(1).IsTiled(header.Width, header.Height) && new TiledRestoration(job).Restore(cancellation) is { } inTiles ? inTiles
                : new WholeRestoration(job).Restore(cancellation) ?? new TiledRestoration(job).Restore(cancellation)
                ?? throw new InvalidOperationException("A picture is restored as a whole or in tiles.");
        }
        catch (Exception e) when (device != "cpu" && DeviceMemory.IsExhausted(e))
        {
            // Whoever comes next, the same job again above all, has all that nobody uses; what was half made goes with its finalizers.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            CudaLane.LetGo(device);
            throw;
        }
        finally
        {
            // Who has nothing more to do keeps it from others.
            ProcessMemory.ReturnFreedMemory();
        }
    }

    /// <summary>The id of the job that <paramref name="request"/> asks for; reads its files, decodes nothing.</summary>
    public static string JobOf(RestorationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return JobOf(request, Sources.Sha256(request.PicturePath), request.CompanionPaths.Select(c => KeyValuePair.Create(c.Key, Sources.Sha256(c.Value))));
    }

    /// <summary>The options of a request, typed; as careful as it asks for.</summary>
    internal static SolverSettings SettingsOf(RestorationRequest request, string device, Action<RestorationNotice>? notice)
    {
        var settings = SolverSettings.From(request.Options);
        if (!request.IsAfterCrash || device == "cpu" || !settings.CudaGraphs)
        {
            return settings;
        }

        notice?.Invoke(new("An attempt before this one ended with its process, so no iteration is recorded on the GPU, as with cuda-graphs=off."));
        return settings with { CudaGraphs = false };
    }

    internal static string JobOf(RestorationRequest request, string pictureSha256, IEnumerable<KeyValuePair<string, string>> companions) => JobId.Derive(
        pictureSha256, companions, request.Plugin.Descriptor.Id, request.Plugin.Descriptor.Version, request.Options, request.Seed);
}
