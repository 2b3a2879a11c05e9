using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Schema;

/// <summary>
/// INSERT of many rows by one statement, for where a hundred thousand rows come at once: they go as one parameter, a JSON array of arrays, that the
/// database takes apart. EF's own way takes several times as long and cannot say ON CONFLICT.
/// </summary>
internal static class BulkInsert
{
    /// <summary>Within the context's transaction, in the order of the rows.</summary>
    /// <param name="columns">In the order of each row's values, which are strings, integers, booleans or <see langword="null"/>.</param>
    /// <param name="onConflict">What follows ON CONFLICT, for rows of different keys; <see langword="null"/> makes a conflict an error.</param>
    /// <returns>How many rows were written: fewer than there are where conflicts do nothing.</returns>
    public static async Task<int> InsertAsync(
        this CatalogueContext context, string table, string[] columns, string? onConflict, IEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        if (Write(rows) is not { } json)
        {
            return 0;
        }

        // WHERE true: without it ON CONFLICT would be taken for the condition of a join.
        var sql = $"""
            INSERT INTO "{table}" ({string.Join(", ", columns.Select(c => $"\"{c}\""))})
            {context.SelectFromJson(table, columns)} WHERE true {(onConflict is null ? "" : "ON CONFLICT " + onConflict)}
            """;
        return await context.Database.ExecuteSqlRawAsync(sql, [json], cancellationToken);
    }

    /// <returns>An array of arrays; <see langword="null"/> without rows.</returns>
    private static string? Write(IEnumerable<object?[]> rows)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var isEmpty = true;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var row in rows)
            {
                isEmpty = false;
                json.WriteStartArray();
                foreach (var value in row)
                {
                    Write(json, value);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return isEmpty ? null : Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            default:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
