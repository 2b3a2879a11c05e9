using DipPipeline.Engine.Cuda;
using TorchSharp;

namespace DipPipeline.Engine.Measuring;

/// <summary>A GPU computes while the program goes on: its clock may be read once it has done what it was given.</summary>
internal static class DeviceClock
{
    /// <param name="device"><c>cpu</c>, where nothing is outstanding, or <c>cuda:0</c>.</param>
    public static void Wait(string device)
    {
        if (device != "cpu")
        {
            lock (CudaGraph.Exclusive)
            {
                torch.cuda.synchronize(torch.device(device));
            }
        }
    }
}
