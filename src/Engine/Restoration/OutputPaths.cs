using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Restoration;

/// <summary>Where everything of one picture goes. <c>photo.png</c> keeps its name; any other source keeps its whole name: <c>photo.jpg.png</c>.</summary>
public sealed record OutputPaths
{
    private readonly ResultFiles _files;

    public OutputPaths(string picturePath, string outputFolder)
    {
        ArgumentNullException.ThrowIfNull(picturePath);
        var name = Path.GetFileName(picturePath);
        var stem = name.EndsWith(ResultFiles.Png, StringComparison.OrdinalIgnoreCase) ? name[..^ResultFiles.Png.Length] : name;
        Folder = outputFolder;
        _files = new ResultFiles(Path.Combine(outputFolder, stem + ResultFiles.Png));
    }

    public string Folder { get; }

    public string Picture => _files.Picture;

    /// <inheritdoc cref="ResultFiles.Metrics"/>
    public string Metrics => _files.Metrics;

    public string Curve => _files.Curve;

    public string Preview => _files.Preview;

    /// <summary>The folder of a running job's state, removed when it is done.</summary>
    public string State(string jobId) => Path.Combine(Folder, ".dip", "state", jobId);
}
