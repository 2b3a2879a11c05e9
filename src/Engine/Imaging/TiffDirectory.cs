using System.Buffers.Binary;

namespace DipPipeline.Engine.Imaging;

/// <summary>One directory (IFD) of a TIFF structure: of a TIFF file, or of an EXIF block, which is built the same way.</summary>
internal sealed class TiffDirectory
{
    private static readonly int[] TypeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    private readonly FileBytes file;
    private readonly Dictionary<ushort, TiffEntry> entries = [];

    private TiffDirectory(FileBytes file, bool isBigEndian) => (this.file, IsBigEndian) = (file, isBigEndian);

    public bool IsBigEndian { get; }

    /// <summary>Where the offset of the next directory stands.</summary>
    public long NextAt { get; private set; }

    public IEnumerable<TiffEntry> Entries => entries.Values;

    /// <summary>The first directory, or null where there is none that can be read.</summary>
    public static TiffDirectory? First(FileBytes file)
    {
        if (!file.TryRead(0, 8, out var header) || !(header is [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..]))
            return null;
        var big = header[0] == 'M';
        return At(file, UInt32(header.AsSpan(4), big), big);
    }

    /// <summary>The directory that an entry of this one points to.</summary>
    public TiffDirectory? Child(ushort tag) => Numbers(tag) is [var offset, ..] ? At(file, offset, IsBigEndian) : null;

    public TiffEntry? Find(ushort tag) => entries.GetValueOrDefault(tag);

    /// <summary>The bytes of an entry's value, in the file's byte order.</summary>
    public byte[]? Data(ushort tag) => entries.TryGetValue(tag, out var entry) ? Data(entry) : null;

    public byte[]? Data(TiffEntry entry) => file.TryReadMetadata(entry.ValueAt, entry.Length, out var data) ? data : null;

    /// <summary>Values of a BYTE, SHORT or LONG entry; empty where it is absent.</summary>
    public uint[] Numbers(ushort tag)
    {
        if (Find(tag) is not { Type: 1 or 3 or 4 or 13 } entry || Data(entry) is not { } data)
            return [];
        var numbers = new uint[entry.Count];
        for (var n = 0; n < numbers.Length; n++)
        {
            numbers[n] = entry.Type switch
            {
                1 => data[n],
                3 => IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(n * 2)) : BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(n * 2)),
                _ => UInt32(data.AsSpan(n * 4), IsBigEndian),
            };
        }

        return numbers;
    }

    /// <summary>The first value of a BYTE, SHORT or LONG entry.</summary>
    public uint Number(ushort tag, uint fallback) => Numbers(tag) is [var value, ..] ? value : fallback;

    /// <summary>A RATIONAL entry's first value; 0 where it is absent.</summary>
    public double Ratio(ushort tag)
    {
        if (Find(tag) is not { Type: 5 } entry || Data(entry) is not { Length: >= 8 } data)
            return 0;
        var denominator = UInt32(data.AsSpan(4), IsBigEndian);
        return denominator == 0 ? 0 : (double)UInt32(data, IsBigEndian) / denominator;
    }

    private static TiffDirectory? At(FileBytes file, long offset, bool big)
    {
        if (!file.TryRead(offset, 2, out var head))
            return null;
        var count = big ? BinaryPrimitives.ReadUInt16BigEndian(head) : BinaryPrimitives.ReadUInt16LittleEndian(head);
        if (!file.TryRead(offset + 2, count * 12, out var table))
            return null;

        var directory = new TiffDirectory(file, big) { NextAt = offset + 2 + count * 12L };
        for (var n = 0; n < count; n++)
        {
            var field = table.AsSpan(n * 12, 12);
            var tag = big ? BinaryPrimitives.ReadUInt16BigEndian(field) : BinaryPrimitives.ReadUInt16LittleEndian(field);
            var type = big ? BinaryPrimitives.ReadUInt16BigEndian(field[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(field[2..]);
            var values = UInt32(field[4..], big);
            var length = type < TypeSizes.Length ? (long)TypeSizes[type] * values : 0;
            if (length is 0 or > FileBytes.LargestMetadata)
                continue;
            var valueAt = length <= 4 ? offset + 2 + n * 12 + 8 : UInt32(field[8..], big);
            directory.entries.TryAdd(tag, new(tag, type, values, (int)length, valueAt));
        }

        return directory;
    }

    private static uint UInt32(ReadOnlySpan<byte> data, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt32LittleEndian(data);
}

/// <param name="Type">TIFF 6.0 field type: 3 SHORT, 4 LONG, 5 RATIONAL, …</param>
/// <param name="Length">Bytes of the value.</param>
/// <param name="ValueAt">Where the value's bytes stand.</param>
internal sealed record TiffEntry(ushort Tag, ushort Type, uint Count, int Length, long ValueAt);
