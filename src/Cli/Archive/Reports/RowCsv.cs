using System.Globalization;
using DipPipeline.Jobs.Runs;
using nietras.SeparatedValues;

namespace DipPipeline.Cli.Archive;

/// <summary>Every row of a run as CSV, written as it is read.</summary>
internal sealed class RowCsv(string file) : IDisposable
{
    private readonly SepWriter _writer = Sep.New(',').Writer(o => o with { Escape = true }).ToFile(file);

    public void Add(RunRowDetail row)
    {
        using var line = _writer.NewRow();
        var metrics = row.Metrics;
        line["line"].Format(row.Row.Number);
        line["path"].Set(row.Row.Path);
        line["task"].Set(row.Settings.Task);
        line["preset"].Set(row.Settings.Preset ?? "");
        line["priority"].Format(row.Row.Priority);
        line["output"].Set(row.Row.Output);
        line["state"].Set(RowWord(row.State));
        line["reason"].Set(row.Reason ?? "");
        line["job"].Set(row.JobId ?? "");
        line["width"].Set(Number(metrics?.Input.Width));
        line["height"].Set(Number(metrics?.Input.Height));
        line["seconds"].Set(Number(metrics?.Seconds, "0.###"));
        line["iterations"].Set(Number(metrics?.Iterations));
        line["stopped by"].Set(metrics?.StoppedBy ?? "");
        line["noise"].Set(Number(metrics?.NoiseSigma, "0.##"));
        line["fit dB"].Set(Number(metrics is null ? null : RunQuality.Of(metrics), "0.##"));
        line["warnings"].Set(metrics is null ? "" : string.Join(" ", metrics.Warnings));
    }

    public void Dispose() => _writer.Dispose();

    public static string RowWord(RowState state) => state == RowState.AlreadyDone ? "already done" : state.ToString().ToLowerInvariant();

    private static string Number(IFormattable? value, string? format = null) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
