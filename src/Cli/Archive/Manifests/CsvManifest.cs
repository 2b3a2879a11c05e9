using System.Text;
using DipPipeline.Contracts;
using nietras.SeparatedValues;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// Comma-separated values with a header, in UTF-8: <c>path,task,preset,mask,options,priority,output</c>, of which <c>path</c> alone is
/// needed, in any order. Semicolons and tabs separate as well; quotes hold what has a separator or a line break in it. Options stand
/// as <c>iterations=500; channels-skip=4,4</c>.
/// </summary>
internal sealed class CsvManifest(string file) : IManifest
{
    public string Name => file;

    public IEnumerable<WrittenRow> Rows()
    {
        using var text = Text.Open(file);
        using var reader = Open(text);
        var columns = Columns(reader.Header);
        while (Next(reader) is var (row, fault))
        {
            if (fault is not null)
            {
                yield return row with { Fault = fault };
                yield break;
            }

            yield return row;
        }

        (WrittenRow, string?)? Next(SepReader rows)
        {
            try
            {
                return rows.MoveNext() ? (Read(rows.Current, columns), null) : null;
            }
            // A quote that is never closed, bytes that are no text: where it ends is not known, so what follows is not read.
            catch (Exception e) when (e is InvalidDataException or DecoderFallbackException or NotSupportedException)
            {
                return (new WrittenRow { Line = rows.Current.LineNumberToExcl, Path = "" }, $"the rest cannot be read as CSV in UTF-8: {Failure.Sentence(e)}");
            }
        }
    }

    public IReadOnlyList<KeyValuePair<string, string>> Options(string text) =>
    [
        .. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(pair => pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? KeyValuePair.Create(pair[..at].Trim(), pair[(at + 1)..].Trim())
            : throw new RefusedException($"options is '{text}'; accepted: name=value, and more of them after semicolons, such as 'iterations=500; seed=1'.")),
    ];

    private SepReader Open(StreamReader text)
    {
        try
        {
            return Sep.New(Separator(text)).Reader(o => o with { Unescape = true, DisableColCountCheck = true, HasHeader = true, CreateToString = SepToString.PoolPerCol(maximumStringLength: 64) }).From(text);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or DecoderFallbackException)
        {
            throw new RefusedException($"'{file}' cannot be read as CSV in UTF-8: {Failure.Sentence(e)}", e);
        }
    }

    // From the header alone: what the rows hold says nothing of it.
    private static char Separator(StreamReader text)
    {
        while (text.Peek() is >= 0 and var next && !char.IsLetter((char)next) && next is not '"')
        {
            text.Read();
        }

        var header = text.ReadLine() ?? "";
        text.BaseStream.Position = 0;
        text.DiscardBufferedData();
        // Only at the very first look the reader takes it away; what follows it may be a quote.
        if (text.Peek() == '\uFEFF')
        {
            text.Read();
        }

        return header.Contains('\t', StringComparison.Ordinal) ? '\t' : header.Contains(';', StringComparison.Ordinal) && !header.Contains(',', StringComparison.Ordinal) ? ';' : ',';
    }

    private string[] Columns(SepReaderHeader header)
    {
        var names = header.ColNames.Select(n => n.Trim().ToLowerInvariant()).ToArray();
        if (names.FirstOrDefault(n => !ManifestColumns.All.Contains(n)) is { } unknown)
        {
            throw new RefusedException($"'{file}', line 1: {ManifestColumns.Unknown(unknown)}");
        }

        return names.Contains(ManifestColumns.Path) ? names
            : throw new RefusedException($"'{file}', line 1: there is no column 'path'; the first line names the columns, such as 'path,task,output'.");
    }

    private static WrittenRow Read(SepReader.Row row, string[] columns)
    {
        var written = new WrittenRow { Line = row.LineNumberFrom, Path = "" };
        // One field too many is a separator that should have been in quotes.
        if (row.ColCount != columns.Length)
        {
            return row.ColCount == 1 && row[0].Span.IsWhiteSpace()
                ? written with { Fault = "" }
                : written with { Fault = $"it has {row.ColCount} field(s), and the first line names {columns.Length}; put a field that has a separator in it into quotes." };
        }

        for (var i = 0; i < columns.Length; i++)
        {
            var value = row[i].Span.IsEmpty ? null : row[i].ToString();
            written = columns[i] switch
            {
                ManifestColumns.Path => written with { Path = value ?? "" },
                ManifestColumns.Task => written with { Task = value },
                ManifestColumns.Preset => written with { Preset = value },
                ManifestColumns.Mask => written with { Mask = value },
                ManifestColumns.Options => written with { Options = value },
                ManifestColumns.Priority => written with { Priority = value },
                _ => written with { Output = value },
            };
        }

        return written;
    }
}
