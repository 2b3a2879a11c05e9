using System.Text.Json;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;

namespace DipPipeline.Watcher;

/// <summary>
/// <c>photo.options.json</c> beside a picture, or <c>.dip.json</c> of a folder:
/// <c>{"preset": "quick", "seed": 1, "priority": 5, "options": {"iterations": 500}}</c>, each part optional.
/// </summary>
internal static class OptionsFile
{
    /// <summary>A folder's file, which holds for all below it.</summary>
    public const string OfFolder = ".dip.json";

    /// <summary>What follows a picture's name without its extension.</summary>
    public const string Suffix = ".options.json";

    // Every option of a task takes a few kilobytes: what is larger is no such file.
    private const int MaximumBytes = 256 << 10;

    private static readonly string[] s_parts = ["preset", "seed", "priority", "options"];
    private static readonly JsonDocumentOptions s_json = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <inheritdoc cref="Parse"/>
    /// <inheritdoc cref="FileStamp.Read"/>
    public static OptionLayer Read(FileStamp file)
    {
        var bytes = Array.Empty<byte>();
        file.Read(stream =>
        {
            using var all = new MemoryStream();
            stream.CopyTo(all);
            bytes = all.ToArray();
        });
        return Parse(bytes, file.Path);
    }

    /// <param name="content">The file's bytes.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="RefusedException">It is no such file; names the path.</exception>
    public static OptionLayer Parse(ReadOnlyMemory<byte> content, string path)
    {
        if (content.Length > MaximumBytes)
        {
            throw new RefusedException($"'{path}' has {content.Length} bytes; accepted: at most {MaximumBytes}.");
        }

        try
        {
            // A byte order mark is what some editors begin a file with.
            using var document = JsonDocument.Parse(content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content, s_json);
            var root = Require(document.RootElement, JsonValueKind.Object, path, "it", "an object with any of " + string.Join(", ", s_parts));
            foreach (var part in root.EnumerateObject().Where(p => !s_parts.Contains(p.Name)))
            {
                throw new RefusedException($"'{path}' has a part '{part.Name}'{NearestName.Hint(part.Name, s_parts)}; accepted: {string.Join(", ", s_parts)}.");
            }

            return new OptionLayer
            {
                Origin = path,
                Preset = Part(root, "preset") is { } preset ? Require(preset, JsonValueKind.String, path, "preset", "a name in quotes").GetString() : null,
                Seed = Part(root, "seed") is { } seed ? Whole(seed, path, "seed") : null,
                Priority = Part(root, "priority") is { } priority ? Priority(Whole(priority, path, "priority"), path) : null,
                Options = Part(root, "options") is { } options
                    ? Require(options, JsonValueKind.Object, path, "options", "an object of names and values").EnumerateObject()
                        .GroupBy(o => o.Name).ToDictionary(o => o.Key, o => Text(o.Last().Value, path, o.Key), StringComparer.Ordinal)
                    : new Dictionary<string, string>(),
            };
        }
        catch (JsonException e)
        {
            throw new RefusedException($"'{path}' is not JSON ({Where(e)}); accepted: an object such as {{\"preset\": \"quick\", \"options\": {{\"iterations\": 500}}}}.", e);
        }
    }

    private static JsonElement? Part(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement Require(JsonElement value, JsonValueKind kind, string path, string what, string accepted) => value.ValueKind == kind
        ? value
        : throw new RefusedException($"In '{path}' {what} is {Short(value)}; accepted: {accepted}.");

    private static long Whole(JsonElement value, string path, string what) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
        ? number
        : throw new RefusedException($"In '{path}' {what} is {Short(value)}; accepted: a whole number.");

    private static int Priority(long value, string path) => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw new RefusedException($"In '{path}' priority is {value}; accepted: a whole number from {int.MinValue} to {int.MaxValue}.");

    // Numbers keep the digits they were written with: the schema brings them into one form.
    private static string Text(JsonElement value, string path, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array when value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number) => string.Join(',', value.EnumerateArray().Select(v => v.GetRawText())),
        _ => throw new RefusedException($"In '{path}' option '{name}' is {Short(value)}; accepted: a text, a number, true, false, or a list of numbers."),
    };

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : value.GetRawText();

    private static string Where(JsonException e) => e.LineNumber is { } line ? $"line {line + 1}" : "it is empty";
}
