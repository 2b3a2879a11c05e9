namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): neighbouring numbers give unrelated ones, so that what is drawn for an iteration depends
/// on its number alone, and a resumed run draws the same.
/// </summary>
internal static class SplitMix
{
    public static ulong Mixed(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
