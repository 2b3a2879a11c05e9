using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Runs;

internal static class RowReading
{
    public static ManifestRow AsManifestRow(this RunRow row) => new(row.Number, row.Settings, row.Path, row.Mask, row.Output, row.Priority);

    public static async Task<Dictionary<(long Run, int Number), RowSettings>> SettingsOfAsync(
        this CatalogueContext context, IEnumerable<RunRow> rows, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<(long, int), RowSettings>();
        foreach (var run in rows.GroupBy(r => r.RunId, r => r.Settings))
        {
            var numbers = run.Distinct().ToList();
            foreach (var found in await context.RunSettings.Where(s => s.RunId == run.Key && numbers.Contains(s.Number)).ToListAsync(cancellationToken))
            {
                settings.Add((found.RunId, found.Number), Json.Read<RowSettings>(found.Settings));
            }
        }

        return settings;
    }
}
