namespace DipPipeline.Cli.Terminals;

/// <summary>Left-aligned columns, two spaces apart; the last one is as long as it likes.</summary>
internal static class Table
{
    public static void Write(TextWriter output, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var widths = Enumerable.Range(0, rows[0].Count).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
