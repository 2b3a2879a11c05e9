using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Schema;

/// <summary>The catalogue in a file.</summary>
internal sealed class SqliteCatalogueContext(DbContextOptions<SqliteCatalogueContext> options) : CatalogueContext(options)
{
    public override string SelectFromJson(string table, IEnumerable<string> columns) =>
        $"SELECT {string.Join(", ", columns.Select(c => $"value ->> '{c}'"))} FROM json_each({{0}})";

    /// <inheritdoc/>
    /// <remarks>It is already: Microsoft.Data.Sqlite begins transactions with BEGIN IMMEDIATE, which takes the file's write lock.</remarks>
    public override Task BecomeOnlyWriterAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override IQueryable<Job> WherePathFits(IQueryable<Job> jobs, string pattern)
    {
        // GLOB knows * and ? and, which we do not offer, [sets].
        var glob = pattern.Replace("[", "[[]", StringComparison.Ordinal);
        return jobs.Where(j => EF.Functions.Glob(j.PicturePath, glob));
    }
}
