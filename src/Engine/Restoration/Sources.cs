using System.Security.Cryptography;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>The files a job reads, decoded and checked, and their hashes.</summary>
internal sealed class Sources
{
    /// <summary>The companion that says what is known.</summary>
    public const string MaskName = "mask";

    /// <summary>A reference may have so many pixels for each of its picture's.</summary>
    public const int LargestEnlargement = 64;

    private Sources(RestorationRequest request, Picture picture, float[]? mask, Picture? reference)
    {
        (Picture, Mask, Reference) = (picture, mask, reference);
        PictureSha256 = Sha256(request.PicturePath);
        CompanionSha256 = [.. request.CompanionPaths.Select(c => KeyValuePair.Create(c.Key, Sha256(c.Value)))];
        MaskIsAlpha = mask is not null && !request.CompanionPaths.ContainsKey(MaskName);
    }

    public Picture Picture { get; }

    /// <summary>[H,W], 1 known: the mask companion, or alpha in its place.</summary>
    public float[]? Mask { get; }

    public Picture? Reference { get; }

    public string PictureSha256 { get; }

    public IReadOnlyList<KeyValuePair<string, string>> CompanionSha256 { get; }

    /// <summary>Whether the picture's own alpha serves as its mask.</summary>
    private bool MaskIsAlpha { get; }

    /// <exception cref="RefusedException">A file cannot be used.</exception>
    public static Sources Read(RestorationRequest request)
    {
        var picture = PictureReader.Read(request.PicturePath, request.MaximumPixels);
        var companion = MaskOf(request);
        var mask = request.CompanionPaths.TryGetValue(MaskName, out var path) ? MaskReader.Read(path, picture.Width, picture.Height)
            : companion is { AlphaSubstitutes: true } && picture.Alpha is { } alpha ? FromAlpha(request.PicturePath, alpha)
            : null;
        return new Sources(request, picture, mask,
            request.ReferencePath is { } reference ? PictureReader.Read(reference, request.MaximumPixels * LargestEnlargement) : null);
    }

    /// <summary>The task's mask, where it takes one.</summary>
    /// <exception cref="RefusedException">A companion was given that the task does not take.</exception>
    public static CompanionDescriptor? MaskOf(RestorationRequest request)
    {
        var companion = request.Plugin.Descriptor.Companions.FirstOrDefault(c => c.Name == MaskName);
        return companion is null && request.CompanionPaths.Count > 0
            ? throw new RefusedException($"Task '{request.Plugin.Descriptor.Id}' takes no companion '{request.CompanionPaths.Keys.First()}'; leave --mask out.")
            : companion;
    }

    /// <exception cref="RefusedException">Alpha that is to serve as the mask is transparent, or opaque, everywhere.</exception>
    public static void CheckAlpha(string path, bool isTransparent, bool isOpaque)
    {
        if (isTransparent)
        {
            throw new RefusedException($"'{path}' is transparent everywhere, so nothing of it is known; accepted: a picture with opaque pixels, or one with --mask.");
        }

        if (isOpaque)
        {
            throw new RefusedException($"'{path}' is opaque everywhere, so there is nothing to fill; give a mask with --mask (white keeps).");
        }
    }

    public static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The tensors the plugin sees, on the job's device.</summary>
    public Observation Observe(torch.Device device) => new()
    {
        Picture = PictureTensors.ToTensor(Picture, device),
        Companions = Mask is null ? new Dictionary<string, torch.Tensor>()
            : new Dictionary<string, torch.Tensor> { [MaskName] = PictureTensors.ToTensor(Mask, Picture.Width, Picture.Height, device) },
    };

    /// <summary>Alpha of the result: the picture's, resized with it; none where alpha marked the holes that are now filled.</summary>
    public float[]? OutputAlpha(int width, int height) => Picture.Alpha is null || MaskIsAlpha ? null
        : (width, height) == (Picture.Width, Picture.Height) ? Picture.Alpha
        : PictureResizer.ResizeAlpha(Picture.Alpha, Picture.Width, Picture.Height, width, height);

    private static float[] FromAlpha(string path, float[] alpha)
    {
        CheckAlpha(path, alpha.All(a => a <= 0), alpha.All(a => a >= 1));
        return alpha;
    }
}
