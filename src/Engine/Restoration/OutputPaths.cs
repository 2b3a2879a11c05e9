namespace DipPipeline.Engine.Restoration;

/// <summary>Where everything of one picture goes. <c>photo.png</c> keeps its name; any other source keeps its whole name: <c>photo.jpg.png</c>.</summary>
public sealed record OutputPaths
{
    public OutputPaths(string picturePath, string outputFolder)
    {
        ArgumentNullException.ThrowIfNull(picturePath);
        var name = Path.GetFileName(picturePath);
        var stem = name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        Folder = outputFolder;
        Picture = Path.Combine(outputFolder, stem + ".png");
        Metrics = Path.Combine(outputFolder, stem + ".json");
        Curve = Path.Combine(outputFolder, stem + ".curve.png");
        Preview = Path.Combine(outputFolder, stem + ".preview.jpg");
    }

    public string Folder { get; }

    public string Picture { get; }

    /// <summary>Written last: where it stands, all the others do.</summary>
    public string Metrics { get; }

    public string Curve { get; }

    public string Preview { get; }

    /// <summary>The folder of a running job's state, removed when it is done.</summary>
    public string State(string jobId) => Path.Combine(Folder, ".dip", "state", jobId);
}
