namespace DipPipeline.Draw;

/// <summary>Our own random numbers (SplitMix64), so that the pictures do not depend on a library's generator.</summary>
internal sealed class Generator(ulong seed)
{
    private ulong _state = seed;

    /// <summary>0..1.</summary>
    public double Uniform()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) / (double)(1UL << 53);
    }

    public double Between(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>Standard normal, by Box and Muller.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());
}
