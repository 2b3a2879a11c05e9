namespace DipPipeline.Contracts.Results;

/// <summary>The files of one result, named after the restored picture: <c>photo.png</c>, <c>photo.curve.png</c>, <c>photo.preview.jpg</c>, <c>photo.json</c>.</summary>
public sealed record ResultFiles
{
    public const string Png = ".png";

    public const string CurveSuffix = ".curve.png";

    /// <param name="picture">The restored picture's path; ends in <c>.png</c>.</param>
    public ResultFiles(string picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Picture = picture;
        Stem = picture.EndsWith(Png, StringComparison.Ordinal) ? picture[..^Png.Length] : throw new ArgumentException($"'{picture}' does not end in {Png}.", nameof(picture));
    }

    public string Picture { get; }

    /// <summary>The picture's path without its <c>.png</c>: what all names begin with.</summary>
    public string Stem { get; }

    /// <summary>The convergence curve.</summary>
    public string Curve => Stem + CurveSuffix;

    /// <summary>Before and after, side by side.</summary>
    public string Preview => Stem + ".preview.jpg";

    /// <summary>The metrics document. Written last: where it stands, all the others do.</summary>
    public string Metrics => Stem + ".json";

    /// <summary>In the order in which they are written.</summary>
    public IReadOnlyList<string> All => [Picture, Curve, Preview, Metrics];
}
