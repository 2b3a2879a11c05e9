using System.Globalization;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Runs;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Archive;

/// <summary>Enters a manifest as a run: read once to check all of it, and once more to enter it, a few thousand rows at a time.</summary>
internal sealed class ManifestEntry(IManifest manifest, ManifestDefaults defaults, PluginCatalogue tasks, Terminal terminal)
{
    private const int RowsAtATime = 5000;
    private const int RowsOfANotice = 100_000;

    /// <summary>Reads the whole of it, and says every error.</summary>
    /// <param name="stop">Gives up.</param>
    /// <param name="each">Gets every row that is right.</param>
    /// <returns>How many rows there are, and their fingerprint.</returns>
    /// <exception cref="RefusedException">Something is wrong, or there is no row.</exception>
    public (int Rows, string Fingerprint) Check(CancellationToken stop, Action<ManifestRow, CheckedSettings>? each = null)
    {
        using var check = new ManifestCheck(defaults, tasks);
        foreach (var (row, found) in check.Read(manifest, (line, error) => terminal.Complain($"{manifest.Name}, line {line}: {error}")))
        {
            stop.ThrowIfCancellationRequested();
            each?.Invoke(row, found);
            if (check.Rows % RowsOfANotice == 0 && terminal.IsInteractive)
            {
                terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{check.Rows:N0} rows are checked."));
            }
        }

        return (check.Errors, check.Rows) switch
        {
            ( > 0, _) => throw new RefusedException(string.Create(CultureInfo.InvariantCulture, $"{check.Errors:N0} of {check.Rows:N0} rows of '{manifest.Name}' are wrong; nothing was entered.")),
            (_, 0) => throw new RefusedException($"'{manifest.Name}' names no picture."),
            _ => (check.Rows, check.Fingerprint()),
        };
    }

    /// <summary>Enters what was checked, or what of it is not there yet.</summary>
    public async Task<RunOutcome> EnterAsync(JobCatalogue catalogue, string name, (int Rows, string Fingerprint) checkedRows, CancellationToken stop)
    {
        var added = 0;
        var opening = await OpenAsync().ConfigureAwait(false);
        while (!opening.IsEntered)
        {
            added = await AddAsync(catalogue, opening, checkedRows, stop).ConfigureAwait(false);
            if ((await catalogue.RunStatusAsync(name, stop).ConfigureAwait(false)).Rows == checkedRows.Rows)
            {
                await catalogue.RowsAddedAsync(opening.Run, stop).ConfigureAwait(false);
                return await OutcomeAsync().ConfigureAwait(false);
            }

            // Rows are known by their lines. The same rows in other lines (another form, an empty line less) are no continuation: begun anew.
            await catalogue.DropRunAsync(opening.Run, stop).ConfigureAwait(false);
            opening = await OpenAsync().ConfigureAwait(false);
        }

        // Who gives the command again wants the run to go on.
        await catalogue.ResumeRunAsync(name, stop).ConfigureAwait(false);
        return await OutcomeAsync().ConfigureAwait(false);

        Task<RunOpening> OpenAsync() => catalogue.OpenRunAsync(name, checkedRows.Fingerprint, manifest.Name, stop);
        async Task<RunOutcome> OutcomeAsync() => new(name, checkedRows.Rows, added, await catalogue.RunStatusAsync(name, stop).ConfigureAwait(false));
    }

    private async Task<int> AddAsync(JobCatalogue catalogue, RunOpening opening, (int Rows, string Fingerprint) checkedRows, CancellationToken stop)
    {
        var added = 0;
        using var check = new ManifestCheck(defaults, tasks);
        foreach (var part in check.Read(manifest, (_, _) => { }).Where(r => r.Row.Number > opening.LastRow).Chunk(RowsAtATime))
        {
            stop.ThrowIfCancellationRequested();
            // Those that are there already stay as they are.
            await catalogue.AddRowsAsync(
                opening.Run, [.. part.Select(p => p.Settings.Settings).DistinctBy(s => s.Number)], [.. part.Select(p => p.Row)], stop).ConfigureAwait(false);
            added += part.Length;
        }

        if (check.Fingerprint() != checkedRows.Fingerprint)
        {
            await catalogue.DropRunAsync(opening.Run, stop).ConfigureAwait(false);
            throw new RefusedException($"'{manifest.Name}' changed while it was entered; nothing of it is kept. Give the command again once it stands still.");
        }

        return added;
    }
}
