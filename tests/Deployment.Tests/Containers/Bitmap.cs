using System.Buffers.Binary;

namespace DipPipeline.Deployment.Tests.Containers;

/// <summary>A picture of noise in the simplest format there is.</summary>
internal static class Bitmap
{
    private const int Side = 32;

    public static byte[] Draw(int number)
    {
        var bytes = new byte[54 + (Side * Side * 3)];
        new Random(number).NextBytes(bytes.AsSpan(54));
        (bytes[0], bytes[1]) = ((byte)'B', (byte)'M');
        foreach (var (at, value) in (ReadOnlySpan<(int, int)>)[(2, bytes.Length), (10, 54), (14, 40), (18, Side), (22, Side), (26, 1 | (24 << 16))])
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        }

        return bytes;
    }
}
