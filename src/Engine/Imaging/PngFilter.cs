namespace DipPipeline.Engine.Imaging;

/// <summary>PNG's row filters (W3C PNG, third edition, §9), chosen row by row as §12.7 advises: least sum of absolute differences.</summary>
/// <param name="rowLength">Bytes of a row.</param>
/// <param name="pixelLength">Bytes of a pixel: the distance to the left neighbour.</param>
internal sealed class PngFilter(int rowLength, int pixelLength)
{
    private const int Kinds = 5;

    private readonly byte[] above = new byte[rowLength];

    /// <param name="rows">Rows one after another, without filter bytes; they follow those of the call before.</param>
    public byte[] Apply(byte[] rows)
    {
        var height = rows.Length / rowLength;
        var filtered = new byte[(long)(rowLength + 1) * height];
        var candidate = new byte[rowLength];
        for (var y = 0; y < height; y++)
        {
            var row = rows.AsSpan(y * rowLength, rowLength);
            var target = filtered.AsSpan(y * (rowLength + 1), rowLength + 1);
            var least = long.MaxValue;
            for (byte kind = 0; kind < Kinds; kind++)
            {
                var sum = Filter(kind, row, above, pixelLength, candidate);
                if (sum >= least)
                    continue;
                least = sum;
                target[0] = kind;
                candidate.CopyTo(target[1..]);
            }

            row.CopyTo(above);
        }

        return filtered;
    }

    private static long Filter(int kind, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixelLength, Span<byte> result)
    {
        long sum = 0;
        for (var n = 0; n < row.Length; n++)
        {
            int left = n >= pixelLength ? row[n - pixelLength] : 0;
            int up = above[n];
            var prediction = kind switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, n >= pixelLength ? above[n - pixelLength] : 0),
            };
            result[n] = (byte)(row[n] - prediction);
            sum += Math.Abs((int)(sbyte)result[n]);
        }

        return sum;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var estimate = left + up - upLeft;
        var (toLeft, toUp, toUpLeft) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - upLeft));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }
}
