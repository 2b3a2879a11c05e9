namespace DipPipeline.Engine.Imaging;

/// <summary>Rows of a picture as files hold them: interleaved, alpha last, rounded to nearest at the bit depth.</summary>
internal static class PictureRows
{
    /// <param name="picture">Of which.</param>
    /// <param name="top">The first row.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="bigEndian">The high byte of 16 bits first, as PNG has it; else the low one.</param>
    public static byte[] Interleaved(Picture picture, int top, int count, bool bigEndian)
    {
        var wide = picture.BitDepth == 16;
        var step = (picture.Channels + (picture.Alpha is null ? 0 : 1)) * picture.BitDepth / 8;
        var bytes = new byte[(long)step * picture.Width * count];
        var (first, pixels) = (top * picture.Width, count * picture.Width);
        for (var channel = 0; channel < picture.Channels; channel++)
        {
            Put(picture.Plane(channel).Slice(first, pixels), channel);
        }

        if (picture.Alpha is not null)
        {
            Put(picture.Alpha.AsSpan(first, pixels), picture.Channels);
        }

        return bytes;

        void Put(ReadOnlySpan<float> plane, int channel)
        {
            var peak = wide ? 65535f : 255f;
            for (int n = 0, at = channel * (wide ? 2 : 1); n < plane.Length; n++, at += step)
            {
                var value = (int)Math.Clamp(MathF.Round(plane[n] * peak), 0f, peak);
                if (wide)
                {
                    (bytes[at], bytes[at + 1]) = bigEndian ? ((byte)(value >> 8), (byte)value) : ((byte)value, (byte)(value >> 8));
                }
                else
                {
                    bytes[at] = (byte)value;
                }
            }
        }
    }
}
