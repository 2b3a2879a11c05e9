using DipPipeline.Engine.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Restoration;

/// <summary>Between pictures and tensors, [1,C,H,W] in 0..1.</summary>
internal static class PictureTensors
{
    public static Tensor ToTensor(Picture picture, Device device) =>
        tensor(picture.Samples, [1, picture.Channels, picture.Height, picture.Width], device: device).DetachFromDisposeScope();

    public static Tensor ToTensor(float[] plane, int width, int height, Device device) =>
        tensor(plane, [1, 1, height, width], device: device).DetachFromDisposeScope();

    /// <summary>A restored picture: values clamped to 0..1, depth and metadata of its source.</summary>
    public static Picture ToPicture(Tensor x, Picture source, float[]? alpha)
    {
        using var scope = NewDisposeScope();
        var samples = x.detach().clamp(0, 1).cpu().contiguous().data<float>().ToArray();
        return new Picture((int)x.shape[3], (int)x.shape[2], (int)x.shape[1], source.BitDepth, samples, alpha, source.Metadata);
    }
}
