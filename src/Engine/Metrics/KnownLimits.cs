using DipPipeline.Engine.Networks;
using OpenCvSharp;

namespace DipPipeline.Engine.Metrics;

/// <summary>Warns where Deep Image Prior is known to fail, so that nobody trusts such a result unseen.</summary>
internal static class KnownLimits
{
    /// <summary>The widest hole. It is bridged from its border inwards; beyond half the receptive field nothing known is in sight.</summary>
    /// <param name="known">[H,W], 0 unknown to 1 known; what weighs less than half counts as a hole, or the near-black of a JPEG would bridge it.</param>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Height of the picture.</param>
    /// <param name="network">The network that is to bridge.</param>
    /// <param name="left">Where the picture lies in a larger one.</param>
    /// <param name="top">Likewise.</param>
    /// <returns><see langword="null"/> where the network bridges all.</returns>
    public static WideHole? WideHole(float[] known, int width, int height, NetworkSettings network, int left = 0, int top = 0)
    {
        using var holes = new Mat(height, width, MatType.CV_8UC1);
        holes.SetArray([.. known.Select(m => m >= 0.5f ? (byte)0 : (byte)255)]);
        using var distance = new Mat();
        Cv2.DistanceTransform(holes, distance, DistanceTypes.L2, DistanceTransformMasks.Precise);
        Cv2.MinMaxLoc(distance, out _, out var deepest, out _, out var at);
        if (deepest <= network.ReceptiveField / 2)
        {
            return null;
        }

        var wide = Wide(holes, distance, network.ReceptiveField);
        return new WideHole(left + at.X, top + at.Y, 2 * deepest, network.ReceptiveField)
        {
            Pixels = wide,
            LeavesOthers = known.Zip(wide).Any(p => p.First < 0.5f && !p.Second),
        };
    }

    // Holes with pixels from which the network sees nothing known, but for what leads far from those: to their corners and tapering ends, and not along a scratch.
    private static bool[] Wide(Mat holes, Mat distance, int receptiveField)
    {
        using var shallow = new Mat();
        Cv2.Threshold(distance, shallow, receptiveField / 2, 255, ThresholdTypes.BinaryInv);
        using var others = new Mat();
        shallow.ConvertTo(others, MatType.CV_8UC1);
        using var away = new Mat();
        Cv2.DistanceTransform(others, away, DistanceTypes.L2, DistanceTransformMasks.Precise);
        away.GetArray(out float[] fromDeep);
        var hole = Parts(holes);
        var hasDeep = Having(hole, fromDeep, d => d == 0);
        var far = fromDeep.Select((a, i) => hasDeep[hole[i]] && a > receptiveField).ToArray();
        using var leading = new Mat(holes.Rows, holes.Cols, MatType.CV_8UC1);
        leading.SetArray([.. far.Select(f => f ? (byte)255 : (byte)0)]);
        var end = Parts(leading);
        var leadsOn = Having(end, fromDeep, d => d > 2 * receptiveField);
        return [.. hole.Select((h, i) => h > 0 && hasDeep[h] && !(far[i] && leadsOn[end[i]]))];
    }

    // The number of the part of a mask that a pixel lies in, from 1; 0 outside of it.
    private static int[] Parts(Mat mask)
    {
        using var labels = new Mat();
        Cv2.ConnectedComponents(mask, labels);
        labels.GetArray(out int[] parts);
        return parts;
    }

    private static bool[] Having(int[] parts, float[] values, Func<float, bool> isSuch)
    {
        var having = new bool[parts.Max() + 1];
        for (var i = 0; i < parts.Length; i++)
        {
            having[parts[i]] |= parts[i] > 0 && isSuch(values[i]);
        }

        return having;
    }

    /// <summary>Where noise outweighs the picture there is little left to restore, and the prior paints clouds.</summary>
    /// <param name="noiseVariance">σ², pixels in 0..1.</param>
    /// <param name="totalVariance">Variance of the observation, pixels in 0..1.</param>
    public static string? MostlyNoise(double noiseVariance, double totalVariance) => totalVariance > 0 && noiseVariance > 0.5 * totalVariance
        ? FormattableString.Invariant($"The input is close to pure noise: {100 * Math.Min(1, noiseVariance / totalVariance):0} % of its variance is noise (σ = {255 * Math.Sqrt(noiseVariance):0.0}), so little of what the result shows can be trusted.")
        : null;
}

/// <summary>A hole that a network does not bridge.</summary>
/// <param name="X">Its deepest pixel.</param>
/// <param name="Y">Likewise.</param>
/// <param name="Width">Pixels, about.</param>
/// <param name="ReceptiveField">The network's, pixels.</param>
internal sealed record WideHole(int X, int Y, double Width, int ReceptiveField)
{
    /// <summary>[H,W], what lies in this or another such hole.</summary>
    public required IReadOnlyList<bool> Pixels { get; init; }

    /// <summary>Whether there are holes that the network bridges, too.</summary>
    public required bool LeavesOthers { get; init; }

    /// <summary>What a person should know of it.</summary>
    /// <param name="instead">The network that was fitted instead; <see langword="null"/> for none.</param>
    /// <param name="iterations">Of that.</param>
    /// <param name="thenOthers">Whether the network itself was fitted after, for the holes that it bridges.</param>
    public string Warning(NetworkSettings? instead = null, int iterations = 0, bool thenOthers = false)
    {
        var hole = FormattableString.Invariant($"The hole around ({X}, {Y}) is about {Width:0} pixels wide, more than the network's receptive field of {ReceptiveField} pixels can bridge: ");
        const string Invented = "expect its middle to be smooth and invented.";
        if (instead is null)
        {
            return hole + Invented;
        }

        var bridge = FormattableString.Invariant($"{instead.Scales} scales without skips were fitted by the energy for {iterations} iterations instead, on the coordinates (wide-holes=bridge); ");
        return hole + bridge + (instead.ReceptiveField < Width
            ? FormattableString.Invariant($"they see {instead.ReceptiveField} pixels, so {Invented}")
            : "what they fill it with goes on from its border, and is invented.")
            + (thenOthers ? " The narrower holes were filled after, as asked." : "");
    }
}
