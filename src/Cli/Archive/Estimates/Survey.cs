using DipPipeline.Jobs;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Archive;

/// <summary>Looks at every row without reading its picture, and keeps a fair sample of what is to be done.</summary>
internal sealed class Survey(IArtifactStore inputs, JobCatalogue? catalogue, int sampleSize, CancellationToken stop)
{
    private const int AtATime = 1000;
    private const int MostMissingNamed = 10;
    private const int Lookers = 16;

    private readonly List<(ManifestRow Row, CheckedSettings Settings)> _buffer = [];
    private readonly List<(ManifestRow Row, CheckedSettings Settings)> _sample = [];
    private readonly List<string> _missing = [];

    // The same rows give the same sample.
    private readonly Random _random = new(0);

    public int Rows { get; private set; }
    public long Bytes { get; private set; }
    public int Missing { get; private set; }
    public int AlreadyDone { get; private set; }
    public int ToDo { get; private set; }
    public IReadOnlyList<string> MissingPaths => _missing;

    /// <summary>Rows that are to be done, by task and preset.</summary>
    public Dictionary<string, int> ByTask { get; } = [];

    /// <summary>Each row that is to be done is as likely in it as any other.</summary>
    public IReadOnlyList<(ManifestRow Row, CheckedSettings Settings)> Sample => _sample;

    public void Add(ManifestRow row, CheckedSettings settings)
    {
        _buffer.Add((row, settings));
        if (_buffer.Count == AtATime)
        {
            Flush();
        }
    }

    public void Flush()
    {
        var rows = _buffer.ToArray();
        _buffer.Clear();
        var found = new ArtifactInfo?[rows.Length];
        var faults = new string?[rows.Length];
        Parallel.ForAsync(0, rows.Length, new ParallelOptions { MaxDegreeOfParallelism = Lookers, CancellationToken = stop }, async (i, token) =>
            (found[i], faults[i]) = await FindAsync(rows[i].Row.Path, token).ConfigureAwait(false)).GetAwaiter().GetResult();
        // One object for all candidates that share their settings.
        var options = rows.Select(r => r.Settings).DistinctBy(s => s.Settings.Number)
            .ToDictionary(s => s.Settings.Number, s => s.Effective.Values.ToDictionary(o => o.Key, o => o.Value, StringComparer.Ordinal));
        var done = catalogue?.DoneAsync([.. rows.Where((_, i) => found[i] is not null).Zip(found.OfType<ArtifactInfo>(), (row, file) => Candidate(row, file, options[row.Settings.Settings.Number]))], stop).GetAwaiter().GetResult();
        for (var i = 0; i < rows.Length; i++)
        {
            Rows++;
            Bytes += found[i]?.Length ?? 0;
            if (found[i] is null)
            {
                Missing++;
                _missing.AddRange(_missing.Count < MostMissingNamed ? [faults[i] ?? rows[i].Row.Path] : []);
            }
            else if (done?.Contains(rows[i].Row.Output) == true)
            {
                AlreadyDone++;
            }
            else
            {
                Keep(rows[i]);
            }
        }
    }

    // One that leads out of the inputs, or may not be looked at, is no more to be had than one that is not there; why stands in its place.
    private async Task<(ArtifactInfo? Found, string? Fault)> FindAsync(string path, CancellationToken token)
    {
        try
        {
            return (await inputs.FindAsync(path, token).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is ArtifactPathException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    private void Keep((ManifestRow Row, CheckedSettings Settings) row)
    {
        ToDo++;
        var task = $"{row.Settings.Task.Id} {row.Settings.PresetName}";
        ByTask[task] = ByTask.GetValueOrDefault(task) + 1;
        if (_sample.Count < sampleSize)
        {
            _sample.Add(row);
        }
        else if (_random.Next(ToDo) is var place && place < sampleSize)
        {
            _sample[place] = row;
        }
    }

    private static DoneCandidate Candidate((ManifestRow Row, CheckedSettings Settings) row, ArtifactInfo file, Dictionary<string, string> options)
    {
        var settings = row.Settings;
        return new DoneCandidate
        {
            Output = row.Row.Output,
            Length = file.Length,
            Task = settings.Task.Id,
            PluginVersion = settings.Task.Version,
            Preset = settings.PresetName,
            Options = options,
            Seed = settings.Settings.Seed,
        };
    }
}
