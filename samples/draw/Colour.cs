namespace DipPipeline.Draw;

/// <summary>Red, green and blue, 0..255 in sRGB; shading may leave the range, writing clips.</summary>
internal readonly record struct Colour(double R, double G, double B)
{
    public static Colour operator +(Colour a, Colour b) => new(a.R + b.R, a.G + b.G, a.B + b.B);

    public static Colour operator *(Colour a, double k) => new(a.R * k, a.G * k, a.B * k);

    /// <summary>a where t ≤ 0, b where t ≥ 1.</summary>
    public static Colour Mix(Colour a, Colour b, double t)
    {
        t = Math.Clamp(t, 0, 1);
        return (a * (1 - t)) + (b * t);
    }

    /// <summary>A colour between stops; positions rise.</summary>
    public static Colour Ramp(double position, params ReadOnlySpan<(double At, Colour Colour)> stops)
    {
        for (var i = 1; i < stops.Length; i++)
        {
            if (position < stops[i].At)
            {
                return Mix(stops[i - 1].Colour, stops[i].Colour, (position - stops[i - 1].At) / (stops[i].At - stops[i - 1].At));
            }
        }

        return stops[^1].Colour;
    }
}
