using OpenCvSharp;

namespace DipPipeline.Draw;

/// <summary>An 8-bit RGB picture.</summary>
internal sealed class Picture(int width, int height)
{
    private readonly byte[] _values = new byte[width * height * 3];

    public int Width => width;

    public int Height => height;

    /// <summary>Rounded and clipped when set.</summary>
    public Colour this[int x, int y]
    {
        get
        {
            var i = ((y * width) + x) * 3;
            return new Colour(_values[i], _values[i + 1], _values[i + 2]);
        }

        set
        {
            var i = ((y * width) + x) * 3;
            (_values[i], _values[i + 1], _values[i + 2]) = (Byte(value.R), Byte(value.G), Byte(value.B));
        }
    }

    public void Save(string path)
    {
        using var rgb = Mat.FromPixelData(height, width, MatType.CV_8UC3, _values);
        using var bgr = rgb.CvtColor(ColorConversionCodes.RGB2BGR);
        if (!bgr.SaveImage(path, new ImageEncodingParam(ImwriteFlags.PngCompression, 9)))
        {
            throw new IOException($"'{path}' could not be written.");
        }
    }

    private static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
