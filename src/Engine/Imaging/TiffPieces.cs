namespace DipPipeline.Engine.Imaging;

/// <summary>The strips or tiles of a TIFF: where they stand in the file and in the picture, and their data, unpacked.</summary>
internal sealed class TiffPieces
{
    /// <summary>No compression known here packs more bytes into one: LZW's longest string, at twelve bits.</summary>
    private const long DensestPacking = 4096;

    private readonly FileBytes file;
    private readonly uint compression;
    private readonly int pixelLength;
    private readonly bool isTiled;
    private readonly uint[] offsets, lengths;
    private readonly int perPlane, perRow, height;

    /// <param name="planes">1 where the samples of a pixel stand side by side.</param>
    /// <param name="pixelLength">Bytes of a pixel, in one plane.</param>
    public TiffPieces(FileBytes file, TiffDirectory directory, int planes, int pixelLength)
    {
        (this.file, this.pixelLength) = (file, pixelLength);
        compression = directory.Number(TiffTag.Compression, TiffData.Uncompressed);
        isTiled = directory.Find(TiffTag.TileOffsets) is not null;
        long width = directory.Number(TiffTag.Width, 0);
        height = (int)directory.Number(TiffTag.Height, 0);
        var across = isTiled ? directory.Number(TiffTag.TileWidth, 0) : width;
        var down = isTiled ? directory.Number(TiffTag.TileHeight, 0) : Math.Min(directory.Number(TiffTag.RowsPerStrip, uint.MaxValue), height);
        if (across == 0 || down == 0 || (double)across * down * pixelLength > Array.MaxLength)
            throw file.CutOff();

        (Width, Height, perRow) = ((int)across, (int)down, (int)((width + across - 1) / across));
        perPlane = (int)(perRow * ((height + down - 1L) / down));
        offsets = directory.Numbers(isTiled ? TiffTag.TileOffsets : TiffTag.StripOffsets);
        lengths = directory.Numbers(isTiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts);
        Count = perPlane * planes;
        if (Math.Min(offsets.Length, lengths.Length) < Count || (long)perPlane * planes > int.MaxValue)
            throw file.CutOff();
    }

    public int Count { get; }

    /// <summary>Pixels across a piece; a tile's may reach over the picture's edge.</summary>
    public int Width { get; }

    /// <summary>Rows of a piece; of strips the last may have fewer.</summary>
    public int Height { get; }

    /// <summary>Where the piece stands: its plane, and the pixel at its upper left.</summary>
    public (int Plane, int Left, int Top) Place(int n) => (n / perPlane, n % perPlane % perRow * Width, n % perPlane / perRow * Height);

    /// <exception cref="Contracts.RefusedException">Data of the piece are missing or damaged.</exception>
    public byte[] Unpack(int n, byte[] bytes)
    {
        var rows = isTiled ? Height : Math.Min(Height, height - Place(n).Top);
        var size = (long)Width * rows * pixelLength;
        if ((long)offsets[n] + lengths[n] > bytes.Length || size > lengths[n] * DensestPacking)
            throw file.CutOff();
        var target = new byte[size];
        return TiffData.TryUnpack(compression, bytes.AsSpan((int)offsets[n], (int)lengths[n]), target) ? target : throw file.CutOff();
    }
}
