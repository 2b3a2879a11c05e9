namespace DipPipeline.Draw;

/// <summary>Noise that is a function of the place: the same everywhere and every time, no state.</summary>
internal static class Texture
{
    /// <summary>0..1, independent for each cell and seed.</summary>
    public static double Cell(int x, int y, int seed)
    {
        // SplitMix64's finaliser (Steele, Lea, Flood 2014) over the packed coordinates.
        var z = (ulong)(uint)x | ((ulong)(uint)y << 32);
        z += 0x9E3779B97F4A7C15UL * (ulong)(seed + 1);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) / (double)(1UL << 53);
    }

    /// <summary>Smooth noise, 0..1, features about one unit wide.</summary>
    public static double Smooth(double x, double y, int seed)
    {
        var (column, row) = ((int)Math.Floor(x), (int)Math.Floor(y));
        var (u, v) = (Ease(x - column), Ease(y - row));
        var upper = Cell(column, row, seed) + (u * (Cell(column + 1, row, seed) - Cell(column, row, seed)));
        var lower = Cell(column, row + 1, seed) + (u * (Cell(column + 1, row + 1, seed) - Cell(column, row + 1, seed)));
        return upper + (v * (lower - upper));
    }

    /// <summary>Octaves of smooth noise, each of half the size and strength; 0..1 around 0.5.</summary>
    public static double Fractal(double x, double y, int seed, int octaves = 5)
    {
        var (sum, weight, total) = (0.0, 1.0, 0.0);
        for (var octave = 0; octave < octaves; octave++)
        {
            sum += weight * Smooth(x, y, seed + octave);
            total += weight;
            (x, y, weight) = (x * 2.03, y * 2.03, weight * 0.5);
        }

        return sum / total;
    }

    /// <summary>0 below low, 1 above high, smooth between.</summary>
    public static double Step(double low, double high, double value) => Ease(Math.Clamp((value - low) / (high - low), 0, 1));

    private static double Ease(double t) => t * t * (3 - (2 * t));
}
