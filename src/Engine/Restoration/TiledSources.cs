using DipPipeline.Contracts;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Objectives;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>The files of a job that is done in tiles, decoded into scratch files, of which parts are observed.</summary>
internal sealed class TiledSources : IDisposable
{
    private readonly RestorationRequest _request;
    private readonly string _scratch;
    private readonly bool _maskIsAlpha;
    private readonly RawPicture? _mask;

    /// <param name="request">The job.</param>
    /// <param name="scratch">A folder for scratch files.</param>
    /// <exception cref="RefusedException">A file cannot be used.</exception>
    public TiledSources(RestorationRequest request, string scratch)
    {
        (_request, _scratch) = (request, scratch);
        Picture = Decode(request.PicturePath, request.MaximumPixels, "picture");
        try
        {
            var companion = Sources.MaskOf(request);
            if (request.CompanionPaths.TryGetValue(Sources.MaskName, out var path))
            {
                MaskReader.CheckSize(path, Picture.Width, Picture.Height);
                _mask = Decode(path, long.MaxValue, "mask");
                MaskReader.Check(path, _mask.Highest.Take(_mask.Channels).Max() <= 0, _mask.Lowest.Take(_mask.Channels).Min() >= 1);
            }
            else if (companion is { AlphaSubstitutes: true } && Picture.HasAlpha)
            {
                _maskIsAlpha = true;
                Sources.CheckAlpha(request.PicturePath, Picture.Highest[^1] <= 0, Picture.Lowest[^1] >= 1);
            }

            Reference = request.ReferencePath is { } reference ? Decode(reference, request.MaximumPixels * Sources.LargestEnlargement, "reference") : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public RawPicture Picture { get; }

    public RawPicture? Reference { get; private set; }

    public bool HasMask => _mask is not null || _maskIsAlpha;

    /// <summary>Whether the result has the picture's alpha: not where that marked the holes that are now filled.</summary>
    public bool HasOutputAlpha => Picture.HasAlpha && !_maskIsAlpha;

    /// <summary>The tensors the plugin sees of a part of the picture, on the job's device.</summary>
    public Observation Observe(int left, int top, int width, int height, torch.Device device)
    {
        var part = Picture.Crop(left, top, width, height);
        return new Observation
        {
            Picture = PictureTensors.ToTensor(part, device),
            Companions = !HasMask ? new Dictionary<string, torch.Tensor>() : new Dictionary<string, torch.Tensor>
            {
                [Sources.MaskName] = PictureTensors.ToTensor(Mask(part, left, top), width, height, device),
            },
        };
    }

    /// <inheritdoc cref="Job.Guide"/>
    public torch.Tensor? Guide(Job job, int left, int top, int width, int height, int factor, double? sigma)
    {
        if (job.Settings.Objective.Guide != GuideKind.Estimate)
        {
            return null;
        }

        var part = Picture.Crop(left, top, width, height);
        return job.Guide(part, HasMask ? Mask(part, left, top) : null, factor, sigma);
    }

    /// <summary>The picture, and its mask, for who needs them as a whole.</summary>
    public (Picture Picture, float[]? Mask) Whole()
    {
        var whole = Picture.Crop(0, 0, Picture.Width, Picture.Height);
        return (whole, HasMask ? Mask(whole, 0, 0) : null);
    }

    /// <summary>Whether the mask knows nothing of a part of the picture.</summary>
    public bool IsUnknown(int left, int top, int width, int height) =>
        HasMask && Array.TrueForAll(Mask(Picture.Crop(left, top, width, height), left, top), value => value <= 0);

    /// <summary>A picture that was just written, to be read in parts.</summary>
    public RawPicture Decode(string path, long maximumPixels, string name) => PictureReader.ReadToFile(path, maximumPixels, Path.Join(_scratch, name + ".raw"), _request.MostPixelsAtOnce);

    public void Dispose()
    {
        Picture.Dispose();
        _mask?.Dispose();
        Reference?.Dispose();
    }

    private float[] Mask(Picture part, int left, int top) =>
        _mask is null ? part.Alpha! : MaskReader.Of(_mask.Crop(left, top, part.Width, part.Height));
}
