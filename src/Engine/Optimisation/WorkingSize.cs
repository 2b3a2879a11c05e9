using DipPipeline.Engine.Networks;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// The size the network works at: the picture's, rounded up to what the network can halve, with the picture in the middle. The energy
/// sees the crop, so that nothing of the picture is cut off and no border has to be invented.
/// </summary>
/// <param name="Height">Height the network works at.</param>
/// <param name="Width">Width the network works at.</param>
/// <param name="PictureHeight">Height of the crop that the energy sees.</param>
/// <param name="PictureWidth">Width of the crop that the energy sees.</param>
internal sealed record WorkingSize(int Height, int Width, int PictureHeight, int PictureWidth)
{
    /// <summary>Rows above the picture.</summary>
    public int Top => (Height - PictureHeight) / 2;

    /// <summary>Columns left of the picture.</summary>
    public int Left => (Width - PictureWidth) / 2;

    public static WorkingSize For(NetworkSettings network, int height, int width) =>
        new(Round(network, height), Round(network, width), height, width);

    // At the coarsest scale a reflected border must be narrower than the side, and batch norm needs more than one value.
    private static int Round(NetworkSettings network, int side)
    {
        var multiple = network.SideMultiple;
        var border = (new[] { network.FilterDown, network.FilterUp, network.FilterSkip }.Max() - 1) / 2;
        return Math.Max((side + multiple - 1) / multiple, border + 1) * multiple;
    }
}
