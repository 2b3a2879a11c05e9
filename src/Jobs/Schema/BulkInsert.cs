using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace DipPipeline.Jobs.Schema;

/// <summary>
/// INSERT of many rows by few prepared statements, for where a hundred thousand rows come at once: EF's own way takes several times as
/// long and cannot say ON CONFLICT. Both database systems understand what it writes.
/// </summary>
internal static class BulkInsert
{
    /// <summary>Within the context's transaction.</summary>
    /// <param name="columns">In the order of each row's values, which are strings, numbers, booleans or <see langword="null"/>.</param>
    /// <param name="onConflict">What follows ON CONFLICT, for rows of different keys; <see langword="null"/> makes a conflict an error.</param>
    public static async Task InsertAsync(
        this CatalogueContext context, string table, string[] columns, string? onConflict, IEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        DbCommand? command = null;
        try
        {
            foreach (var chunk in rows.Chunk(context.RowsPerInsert))
            {
                if (command?.Parameters.Count != chunk.Length * columns.Length)
                {
                    command?.Dispose();
                    command = Create(context, table, columns, chunk.Length, onConflict);
                }

                var parameter = 0;
                foreach (var value in chunk.SelectMany(row => row))
                {
                    command.Parameters[parameter++].Value = value ?? DBNull.Value;
                }

                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        finally
        {
            command?.Dispose();
        }
    }

    private static DbCommand Create(CatalogueContext context, string table, string[] columns, int rows, string? onConflict)
    {
        var sql = new StringBuilder($"INSERT INTO \"{table}\" (\"{string.Join("\", \"", columns)}\") VALUES ");
        var command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        for (var row = 0; row < rows; row++)
        {
            sql.Append(row == 0 ? "(" : ", (");
            for (var column = 0; column < columns.Length; column++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
                command.Parameters.Add(parameter);
                sql.Append(column == 0 ? "" : ", ").Append(parameter.ParameterName);
            }

            sql.Append(')');
        }

        command.CommandText = onConflict is null ? sql.ToString() : sql.Append(" ON CONFLICT ").Append(onConflict).ToString();
        return command;
    }
}
