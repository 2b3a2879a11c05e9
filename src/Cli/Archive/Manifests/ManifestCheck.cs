using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs.Runs;
using DipPipeline.PluginHost;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>Rows as they are entered, out of rows as they are written; and what is wrong with them. One pass over a manifest.</summary>
internal sealed class ManifestCheck(ManifestDefaults defaults, PluginCatalogue tasks) : IDisposable
{
    // Of every file system that Linux has, in bytes; a result's longest name is its preview's.
    private const int LongestName = 255;

    private readonly string _inputs = StorageRoot.Real(defaults.Inputs) + "/";
    private readonly SettingsCheck _settings = new(defaults, tasks);
    private readonly OutputClaims _outputs = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Lines that hold a row, right or wrong.</summary>
    public int Rows { get; private set; }

    public int Errors { get; private set; }

    /// <summary>Of all rows so far, with their settings: what two manifests share that say the same, however they are written.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <param name="manifest">Read from its beginning.</param>
    /// <param name="complain">Gets each error: the line, and a sentence.</param>
    /// <returns>The rows that are right.</returns>
    public IEnumerable<(ManifestRow Row, CheckedSettings Settings)> Read(IManifest manifest, Action<int, string> complain)
    {
        foreach (var written in manifest.Rows())
        {
            // An empty line is no row.
            if (written.Fault is { Length: 0 })
            {
                continue;
            }

            Rows++;
            if (TryCheck(manifest, written, out var row, out var checkedSettings, out var error))
            {
                Note(row, checkedSettings);
                yield return (row, checkedSettings);
            }
            else
            {
                Errors++;
                complain(written.Line, error);
            }
        }
    }

    public void Dispose() => _hash.Dispose();

    private bool TryCheck(IManifest manifest, WrittenRow written, out ManifestRow row, out CheckedSettings found, out string error)
    {
        (row, found, error) = (default, null!, "");
        try
        {
            if (written.Fault is { } fault)
            {
                throw new RefusedException(fault);
            }

            var path = Within(written.Path, ManifestColumns.Path);
            found = _settings.Of(manifest, written);
            var output = written.Output is { } given ? Result(given) : $"{found.Settings.Task}/{(path.EndsWith(ResultFiles.Png, StringComparison.Ordinal) ? path : path + ResultFiles.Png)}";
            row = new ManifestRow(written.Line, found.Settings.Number, path, Mask(written, found), output, Priority(written));
            CheckName(output);
            if (_outputs.Claim(output, written.Line) is { } other)
            {
                throw new RefusedException($"its output '{output}' is written by the row in line {other} already; give it another with a column 'output'.");
            }

            return true;
        }
        catch (RefusedException refused)
        {
            error = refused.Message;
            return false;
        }
    }

    private string Within(string given, string column)
    {
        var path = !given.StartsWith('/') && StorageRoot.IsFolder(given) ? given
            : given.StartsWith(_inputs, StringComparison.Ordinal) ? given[_inputs.Length..]
            : StorageRoot.Place(defaults.Inputs, "") is var place && given.StartsWith(place + "/", StringComparison.Ordinal) ? given[(place.Length + 1)..]
            : throw new RefusedException($"{column} is '{given}', which does not lie in the pipeline's folder of pictures, '{_inputs[..^1]}'; accepted: a path within it.");
        return Checked(path, column);
    }

    private static string Checked(string path, string column)
    {
        try
        {
            return ArtifactPath.Check(path);
        }
        catch (ArtifactPathException)
        {
            throw new RefusedException($"{column} is '{path}'; accepted: names separated by single slashes, none of them '.' or '..', below the pipeline's folder.");
        }
    }

    private string? Mask(WrittenRow written, CheckedSettings found) => written.Mask is null ? null
        : found.TakesMask ? Within(written.Mask, ManifestColumns.Mask)
        : throw new RefusedException($"task '{found.Settings.Task}' takes no mask; leave mask '{written.Mask}' out.");

    private static string Result(string given) => !given.EndsWith(ResultFiles.Png, StringComparison.Ordinal)
        ? throw new RefusedException($"output is '{given}'; accepted: a path that ends in {ResultFiles.Png}, as results are always PNG.")
        : Checked(given, ManifestColumns.Output).Split('/')[0] == ArtifactPath.StateFolder
        ? throw new RefusedException($"output is '{given}'; accepted: a path outside of '{ArtifactPath.StateFolder}', which holds the pipeline's own state.")
        : given;

    private static void CheckName(string output)
    {
        var bytes = new ResultFiles(output).All.Max(file => Encoding.UTF8.GetByteCount(Path.GetFileName(file.AsSpan())));
        if (bytes > LongestName)
        {
            throw new RefusedException($"the name of its output '{output}' is {bytes - LongestName} byte(s) too long: its results would have names of up to {bytes} bytes; a file system takes {LongestName}.");
        }
    }

    private int Priority(WrittenRow written) => written.Priority is not { } given ? defaults.Priority
        : int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority) ? priority
        : throw new RefusedException($"priority is '{given}'; accepted: a whole number from {int.MinValue} to {int.MaxValue}.");

    private void Note(ManifestRow row, CheckedSettings found)
    {
        _hash.AppendData(found.Utf8);
        _hash.AppendData(Encoding.UTF8.GetBytes($"\n{row.Path}\0{row.Mask}\0{row.Output}\0{row.Priority}\n"));
    }
}
