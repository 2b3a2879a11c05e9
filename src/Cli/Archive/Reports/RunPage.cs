using System.Globalization;
using System.Net;
using System.Text;
using DipPipeline.Cli.Jobs;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Cli.Archive;

/// <summary>A run on one HTML page that needs no other file and no network.</summary>
internal static class RunPage
{
    private const int MostReasons = 50;

    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}
        table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}
        td.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;max-width:760px}rect{fill:#3a6ea5}path{stroke:#888;fill:none}
        text{font-size:11px;fill:#444}figure{margin:0 0 1em}img{max-width:100%}figcaption{color:#555;font-size:13px;overflow-wrap:anywhere}
        .pairs{display:grid;grid-template-columns:1fr 1fr;gap:1em}
        """;

    /// <param name="run">How it stands.</param>
    /// <param name="figures">Of all its rows.</param>
    /// <param name="previews">Of the best and the worst, by output; those that there are.</param>
    /// <param name="now">The time of the page.</param>
    public static string Write(RunStatus run, RunFigures figures, IReadOnlyDictionary<string, byte[]> previews, DateTimeOffset now)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Archive run {Text(run.Name)}</title><style>{Style}</style></head><body>
            <h1>Archive run {Text(run.Name)}</h1>
            <p>From {Text(run.Origin)}, entered {JobWords.Moment(run.CreatedAt)}; {RunWords.State(run)}{(run.EndedAt is { } ended ? $" since {JobWords.Moment(ended)}" : "")}. This page is of {JobWords.Moment(now)}.</p>
            <h2>Rows</h2>
            <table>
            """);
        foreach (var (state, count) in figures.States.OrderBy(s => s.Key))
        {
            page.Append(CultureInfo.InvariantCulture, $"""<tr><td>{RowCsv.RowWord(state)}</td><td class="n">{count:N0}</td></tr>""");
        }

        page.Append(CultureInfo.InvariantCulture, $"""<tr><th>all</th><td class="n">{figures.States.Values.Sum():N0}</td></tr></table>""");
        Reasons(page, figures);
        Plot(page, "Time of a picture", figures.Seconds, "seconds of optimisation");
        Plot(page, "Quality", figures.Qualities, RunQuality.Name);
        if (figures.Qualities.Count > 0)
        {
            page.Append("<p>The fit says how closely a result explains its picture, as the PSNR of what the task makes of it: the clean picture is not known. Noise lowers it; a picture far below its neighbours is worth a look.</p>");
            Pictures(page, "The worst", figures.Worst, previews);
            Pictures(page, "The best", figures.Best, previews);
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Reasons(StringBuilder page, RunFigures figures)
    {
        if (figures.Reasons.Count > 0)
        {
            page.Append("<h2>What was not done, and why</h2><table><tr><th>state</th><th>rows</th><th>reason</th></tr>");
            foreach (var ((state, _), (count, example)) in figures.Reasons.OrderByDescending(r => r.Value.Count).Take(MostReasons))
            {
                page.Append(CultureInfo.InvariantCulture, $"""<tr><td>{RowCsv.RowWord(state)}</td><td class="n">{count:N0}</td><td>{(count > 1 ? "such as: " : "")}{Text(example)}</td></tr>""");
            }

            page.Append("</table>");
            if (figures.Reasons.Count > MostReasons)
            {
                page.Append(CultureInfo.InvariantCulture, $"<p>{figures.Reasons.Count - MostReasons:N0} more reasons stand in the CSV file.</p>");
            }
        }

        if (figures.Warnings.Count > 0)
        {
            page.Append("<h2>Warnings of what was done</h2><table><tr><th>rows</th><th>warning</th></tr>");
            foreach (var (warning, count) in figures.Warnings.OrderByDescending(w => w.Value).Take(MostReasons))
            {
                page.Append(CultureInfo.InvariantCulture, $"""<tr><td class="n">{count:N0}</td><td>{Text(warning)}</td></tr>""");
            }

            page.Append("</table>");
        }
    }

    private static void Plot(StringBuilder page, string title, List<float> values, string axis)
    {
        if (values.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>{Histogram.Svg(values, axis)}");
        }
    }

    private static void Pictures(StringBuilder page, string title, IReadOnlyList<(string Output, double Quality)> pictures, IReadOnlyDictionary<string, byte[]> previews)
    {
        page.Append(CultureInfo.InvariantCulture, $"""<h2>{title}, before and after</h2><div class="pairs">""");
        foreach (var (output, quality) in pictures)
        {
            var picture = previews.TryGetValue(output, out var jpeg) ? $"""<img alt="" src="data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}">""" : "<p>Its preview is not there any more.</p>";
            page.Append(CultureInfo.InvariantCulture, $"<figure>{picture}<figcaption>{Text(output)}: {quality:0.0} dB</figcaption></figure>");
        }

        page.Append("</div>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
