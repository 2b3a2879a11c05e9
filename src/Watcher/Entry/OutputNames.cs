using System.Text;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Watcher;

/// <summary>What a picture's results are called.</summary>
internal static class OutputNames
{
    private const string Png = ResultFiles.Png;
    private const string Curve = ResultFiles.CurveSuffix;

    // Bytes, on every file system that Linux has.
    private const int LongestName = 255;

    /// <summary>
    /// <c>photo.png</c> keeps its name; any other source keeps its whole name: <c>photo.jpg.png</c>. So does <c>photo.PNG</c>,
    /// which may have a <c>photo.png</c> beside it.
    /// </summary>
    public static string OfPicture(string source) => source.EndsWith(Png, StringComparison.Ordinal) ? source : source + Png;

    /// <summary>For one that cannot have a name of its own, so that nothing is displaced by what never comes.</summary>
    public static string OfRefused(string folder, string path) => WatchedFolder.Join(folder, $"refused/{Fingerprint.Hash(path):x16}.png");

    /// <summary>Says why there is no result; never beside one.</summary>
    public static string Error(string output) => new ResultFiles(output).Stem + ".error.json";

    /// <summary>Longer than a file system takes, in one of its files.</summary>
    public static string? Fault(string source, string output) => new ResultFiles(output).All.Append(Error(output)).Max(path => Encoding.UTF8.GetByteCount(Path.GetFileName(path))) is var length && length > LongestName
        ? $"The name of '{source}' is {length - LongestName} byte(s) too long: its results would have names of up to {length} bytes; a file system takes {LongestName}."
        : null;

    /// <summary>
    /// Names whose results would have names of this one's: <c>photo.jpg</c> and <c>photo.jpg.png</c>, <c>photo.png</c> and
    /// <c>photo.curve.png</c>. The shorter of two has the better right.
    /// </summary>
    public static IEnumerable<(string Name, bool IsShorter)> Rivals(string name)
    {
        if (!name.EndsWith(Png, StringComparison.Ordinal))
        {
            yield return (name + Png, false);
            yield return (name + Curve, false);
            yield break;
        }

        yield return (name[..^Png.Length] + Curve, false);
        yield return (name[..^Png.Length], true);
        if (name.EndsWith(Curve, StringComparison.Ordinal))
        {
            yield return (name[..^Curve.Length] + Png, true);
            yield return (name[..^Curve.Length], true);
        }
    }
}
