using DipPipeline.Engine.Networks;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// The size the network works at: the picture's, rounded up to what the network can halve, with the picture in the middle. The energy
/// sees the crop, so that nothing of the picture is cut off and no border has to be invented.
/// </summary>
internal sealed record WorkingSize(int Height, int Width, int Top, int Left)
{
    public static WorkingSize For(NetworkSettings network, int height, int width)
    {
        var (workingHeight, workingWidth) = (Round(network, height), Round(network, width));
        return new WorkingSize(workingHeight, workingWidth, (workingHeight - height) / 2, (workingWidth - width) / 2);
    }

    // At the coarsest scale a reflected border must be narrower than the side, and batch norm needs more than one value.
    private static int Round(NetworkSettings network, int side)
    {
        var multiple = network.SideMultiple;
        var border = (Math.Max(network.FilterDown, network.FilterUp) - 1) / 2;
        return Math.Max((side + multiple - 1) / multiple, border + 1) * multiple;
    }
}
