using System.Text;
using System.Text.Json;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// JSON Lines: an object a line, <c>{"path": "a.tif", "options": {"iterations": 500}, "priority": 5}</c>, with what
/// <see cref="CsvManifest"/> has as columns. Empty lines are passed over.
/// </summary>
internal sealed class JsonLinesManifest(string file) : IManifest
{
    public string Name => file;

    public IEnumerable<WrittenRow> Rows()
    {
        using var text = Text.Open(file);
        for (var line = 1; Next(text) is var (content, fault); line++)
        {
            if (fault is not null)
            {
                yield return new WrittenRow { Line = line, Path = "", Fault = fault };
                yield break;
            }

            if (!string.IsNullOrWhiteSpace(content))
            {
                yield return Read(line, content);
            }
        }
    }

    public IReadOnlyList<KeyValuePair<string, string>> Options(string text)
    {
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateObject().Select(o => KeyValuePair.Create(o.Name, Value(o)))];
    }

    private static (string Content, string? Fault)? Next(StreamReader text)
    {
        try
        {
            return text.ReadLine() is { } line ? (line, null) : null;
        }
        catch (DecoderFallbackException e)
        {
            return ("", $"the rest cannot be read as UTF-8: {Failure.Sentence(e)}");
        }
    }

    private static WrittenRow Read(int line, string content)
    {
        var row = new WrittenRow { Line = line, Path = "" };
        try
        {
            using var document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return row with { Fault = "it is no object; accepted: one such as {\"path\": \"album/photo.tif\"}." };
            }

            foreach (var part in document.RootElement.EnumerateObject())
            {
                row = (part.Name, part.Value.ValueKind) switch
                {
                    (_, JsonValueKind.Null) => row,
                    (ManifestColumns.Path, JsonValueKind.String) => row with { Path = part.Value.GetString()! },
                    (ManifestColumns.Task, JsonValueKind.String) => row with { Task = part.Value.GetString() },
                    (ManifestColumns.Preset, JsonValueKind.String) => row with { Preset = part.Value.GetString() },
                    (ManifestColumns.Mask, JsonValueKind.String) => row with { Mask = part.Value.GetString() },
                    (ManifestColumns.Output, JsonValueKind.String) => row with { Output = part.Value.GetString() },
                    (ManifestColumns.Priority, JsonValueKind.Number) => row with { Priority = part.Value.GetRawText() },
                    (ManifestColumns.Options, JsonValueKind.Object) => row with { Options = part.Value.GetRawText() },
                    _ => row with { Fault = Fault(part) },
                };
                if (row.Fault is not null)
                {
                    return row;
                }
            }

            return row;
        }
        catch (JsonException)
        {
            return row with { Fault = "it is not JSON; accepted: one object a line, such as {\"path\": \"album/photo.tif\"}." };
        }
    }

    private static string Fault(JsonProperty part) => !ManifestColumns.All.Contains(part.Name) ? ManifestColumns.Unknown(part.Name)
        : $"{part.Name} is {part.Value.GetRawText()}; accepted: {part.Name switch
        {
            ManifestColumns.Options => "an object of names and values",
            ManifestColumns.Priority => "a whole number",
            _ => "a text",
        }}.";

    private static string Value(JsonProperty option) => option.Value.ValueKind switch
    {
        JsonValueKind.String => option.Value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => option.Value.GetRawText(),
        JsonValueKind.Array when option.Value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number) => string.Join(',', option.Value.EnumerateArray().Select(v => v.GetRawText())),
        _ => throw new RefusedException($"option '{option.Name}' is {option.Value.GetRawText()}; accepted: a text, a number, true, false, or a list of numbers."),
    };
}
