using DipPipeline.Contracts;
using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// Reads PNG, JPEG, TIFF, WebP and BMP at their own depth (fewer than 8 bits become 8), upright, with alpha and metadata.
/// Formats are told by content. Whatever cannot be restored is refused before decoding, where the header says so.
/// </summary>
public static class PictureReader
{
    /// <summary>Sides shorter than this leave a network nothing to work with.</summary>
    public const int SmallestSide = 8;

    /// <summary>OpenCV's decoders go no further.</summary>
    private const int LongestSide = 1 << 20;

    /// <summary>Three samples a pixel must fit in one array.</summary>
    private const long MostPixels = int.MaxValue / 3;

    /// <summary>Smaller ones are decoded at once: that takes a hundred megabytes at most.</summary>
    internal const long MostPixelsAtOnce = 8_000_000;

    /// <summary>ELOOP of Linux.</summary>
    private const int TooManyLinks = 40;

    /// <summary>The header alone: cheap, and no promise that the pixels decode.</summary>
    /// <exception cref="RefusedException">No file, or none of a known format.</exception>
    public static PictureHeader Probe(string path)
    {
        using var stream = Open(path);
        return Probe(path, stream);
    }

    /// <summary>As <see cref="Probe(string)"/>, of a file that is open: a stream that can seek, of which only the header is read.</summary>
    /// <param name="name">How a refusal calls it.</param>
    /// <exception cref="RefusedException">None of a known format.</exception>
    public static PictureHeader Probe(string name, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var container = Container.Parse(new FileBytes(name, stream));
        return Upright.Exchanges(container.Orientation)
            ? new(container.Format, container.Height, container.Width)
            : new(container.Format, container.Width, container.Height);
    }

    /// <param name="maximumPixels">Width × height above which the file is refused, on its header alone.</param>
    /// <exception cref="RefusedException">The file cannot be used; one sentence names it, why, and what could be.</exception>
    public static Picture Read(string path, long maximumPixels)
    {
        using var stream = Open(path);
        var file = new FileBytes(path, stream);
        var container = Container.Parse(file);
        CheckSize(file, container, maximumPixels);
        if (file.Length > Array.MaxLength)
            throw file.Refused($"has {file.Length:N0} bytes", $"at most {Array.MaxLength:N0} bytes would be accepted");

        using var mat = container.Decode(file, file.Read(0, (int)file.Length)) ?? throw file.CutOff();
        if (mat.Cols != container.Width || mat.Rows != container.Height)
            throw file.CutOff();
        return ToPicture(mat, container);
    }

    /// <summary>
    /// As <see cref="Read"/>, into a scratch file: row by row where the picture is large and of a kind that <see cref="RowDecoder"/> knows,
    /// so that its size costs no memory.
    /// </summary>
    /// <param name="scratch">The scratch file.</param>
    /// <param name="mostPixelsAtOnce">Larger ones are read row by row.</param>
    /// <exception cref="RefusedException">As <see cref="Read"/>.</exception>
    internal static RawPicture ReadToFile(string path, long maximumPixels, string scratch, long mostPixelsAtOnce)
    {
        using (var stream = Open(path))
        {
            var file = new FileBytes(path, stream);
            var container = Container.Parse(file);
            CheckSize(file, container, maximumPixels);
            if ((long)container.Width * container.Height > mostPixelsAtOnce && RowDecoder.Knows(container))
            {
                var channels = container.IsGray ? 1 : 3;
                return RowDecoder.Decode(file, path, container, (depth, rows) => RawPicture.Write(
                    scratch, new(container.Width, container.Height, channels, container.HasAnyAlpha, depth, container.Orientation, Settled(container, channels)), rows));
            }
        }

        return RawPicture.Write(scratch, Read(path, maximumPixels));
    }

    private static FileStream Open(string path)
    {
        const string remedy = FileBytes.Accepted;
        if (Directory.Exists(path))
            throw new RefusedException($"'{path}' is a folder; {remedy}.");
        if (FileKind.IsSpecial(path))
            throw new RefusedException($"'{path}' is a pipe, a device or a socket; {remedy}.");
        try
        {
            // Shared with writers: a lock would need one on every network file system.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 << 10);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RefusedException($"'{path}' does not exist; {remedy}.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new RefusedException($"'{path}' may not be read by this user; a readable file would be accepted.", e);
        }
        catch (PathTooLongException e)
        {
            throw new RefusedException($"'{path}' is longer than a file's name can be; {remedy}.", e);
        }
        // Others may pass, such as those of a file server that is away: they are failures, not refusals.
        catch (IOException e) when (e.HResult == TooManyLinks)
        {
            throw new RefusedException($"'{path}' is a link that leads in a circle; {remedy}.", e);
        }
    }

    private static void CheckSize(FileBytes file, Container container, long maximumPixels)
    {
        var (width, height) = (container.Width, container.Height);
        var most = Math.Min(maximumPixels, MostPixels);
        if ((long)width * height > most)
        {
            throw file.Refused(
                $"has {width}×{height} = {(long)width * height:N0} pixels", $"at most {most:N0} pixels would be accepted");
        }

        if (Math.Min(width, height) < SmallestSide)
            throw file.Refused($"is {width}×{height} pixels small", $"at least {SmallestSide}×{SmallestSide} pixels would be accepted");
        if (Math.Max(width, height) > LongestSide)
            throw file.Refused($"is {width}×{height} pixels", $"sides of at most {LongestSide:N0} pixels would be accepted");
    }

    private static Picture ToPicture(Mat mat, Container container)
    {
        var (width, height, orientation) = (mat.Cols, mat.Rows, container.Orientation);
        var channels = container.IsGray || mat.Channels() < 3 ? 1 : 3;
        var samples = OpenCv.ToSamples(mat, channels);
        var alpha = Alpha(mat, container, samples);
        if (alpha is not null && container.IsPremultiplied)
            Divide(samples, alpha);

        alpha = alpha is null ? null : Upright.Turn(alpha, width, height, orientation);
        samples = Upright.Turn(samples, width, height, orientation);
        if (Upright.Exchanges(orientation))
            (width, height) = (height, width);
        var bitDepth = mat.Depth() == MatType.CV_16U ? 16 : 8;
        return new(width, height, channels, bitDepth, samples, alpha, Settled(container, channels));
    }

    private static float[]? Alpha(Mat mat, Container container, float[] samples)
    {
        // OpenCV applies a PNG's transparent colour to RGB and palettes, not to gray.
        if (container.TransparentGray is { } transparent)
            return Array.ConvertAll(samples, value => value == transparent ? 0f : 1f);
        if (!container.HasAlpha || mat.Channels() is not (2 or 4))
            return null;
        var alpha = new float[mat.Rows * mat.Cols];
        OpenCv.CopyPlane(mat, mat.Channels() - 1, alpha);
        return alpha;
    }

    private static void Divide(float[] samples, float[] alpha)
    {
        for (var n = 0; n < samples.Length; n++)
        {
            var opacity = alpha[n % alpha.Length];
            samples[n] = opacity == 0 ? 0 : Math.Min(1, samples[n] / opacity);
        }
    }

    /// <summary>Metadata that fits the picture as it now is: upright, and of these channels.</summary>
    private static PictureMetadata Settled(Container container, int channels)
    {
        var metadata = container.Metadata;
        var space = channels == 1 ? "GRAY"u8 : "RGB "u8;
        var profileFits = metadata.IccProfile is { Length: >= 128 } profile && profile.AsSpan(16).StartsWith(space);
        return metadata with
        {
            IccProfile = profileFits ? metadata.IccProfile : null,
            Exif = metadata.Exif is { } exif ? ExifBlock.WithoutThumbnail(ExifBlock.Upright(exif)) : null,
            Xmp = metadata.Xmp is { } xmp ? ExifBlock.UprightXmp(xmp) : null,
            Resolution = metadata.Resolution is { } r && Upright.Exchanges(container.Orientation) ? new(r.Y, r.X) : metadata.Resolution,
        };
    }
}
