using NetVips;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// Decodes a picture from top to bottom, with no more of it in memory than some rows: libvips in sequential access. For the kinds in which
/// it gives the very samples that the ordinary decoder gives; the others, BMP among them, are decoded as a whole.
/// </summary>
internal static class RowDecoder
{
    private const int BandBytes = 4 << 20;

    private static readonly Lazy<bool> s_isThere = new(Prepare);

    /// <summary>Whether a picture can be decoded here, on this system.</summary>
    public static bool Knows(Container container) => s_isThere.Value && container.Format switch
    {
        PictureFormat.Png or PictureFormat.Jpeg or PictureFormat.WebP => true,
        PictureFormat.Tiff => container is { IsPlainTiff: true, IsPremultiplied: false },
        _ => false,
    };

    /// <param name="file">For refusals.</param>
    /// <param name="path">The file.</param>
    /// <param name="container">What its header says.</param>
    /// <param name="use">Takes the bit depth, and the rows from the top: interleaved, gray or RGB, alpha last.</param>
    /// <exception cref="Contracts.RefusedException">The file is cut off or damaged.</exception>
    public static T Decode<T>(FileBytes file, string path, Container container, Func<int, IEnumerable<byte[]>, T> use)
    {
        try
        {
            using var whole = Load(path, container.Format);
            var samples = (container.IsGray ? 1 : 3) + (container.HasAnyAlpha ? 1 : 0);
            var depth = whole.Format == Enums.BandFormat.Ushort ? 16 : 8;
            if (whole.Width != container.Width || whole.Height != container.Height || whole.Bands < samples
                || whole.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort))
            {
                throw file.CutOff();
            }

            // A TIFF may have samples beside colour and opacity, which nobody knows the meaning of.
            using var picture = whole.Bands > samples ? whole.ExtractBand(0, samples) : whole.Copy();
            return use(depth, Bands(picture, Math.Max(1, BandBytes / (picture.Width * samples * depth / 8))));
        }
        catch (VipsException)
        {
            throw file.CutOff();
        }
    }

    private static IEnumerable<byte[]> Bands(Image picture, int rows)
    {
        using var region = Region.New(picture);
        for (var top = 0; top < picture.Height; top += rows)
        {
            yield return region.Fetch(0, top, picture.Width, Math.Min(rows, picture.Height - top));
        }
    }

    private static Image Load(string path, PictureFormat format)
    {
        const Enums.Access access = Enums.Access.Sequential;
        const Enums.FailOn failOn = Enums.FailOn.Error;
        return format switch
        {
            PictureFormat.Png => Image.Pngload(path, access: access, failOn: failOn),
            PictureFormat.Jpeg => Image.Jpegload(path, access: access, failOn: failOn),
            PictureFormat.WebP => Image.Webpload(path, access: access, failOn: failOn),
            _ => Image.Tiffload(path, access: access, failOn: failOn),
        };
    }

    private static bool Prepare()
    {
        if (!ModuleInitializer.VipsInitialized)
        {
            return false; // No package of it for this system: every picture is decoded as a whole.
        }

        // What is wrong with a file is said in its refusal, not on standard error.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, (_, _, _) => { });
        // Nothing is computed twice, and a file that is remembered stays open.
        Cache.Max = 0;
        // Rows come in order: threads would only hold more of them.
        NetVips.NetVips.Concurrency = 1;
        return true;
    }
}
