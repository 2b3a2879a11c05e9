using System.Text.Json;
using System.Text.Json.Serialization;

namespace DipPipeline.Contracts.Results;

/// <summary>A curve with one point a line, which a person can read and a spreadsheet import.</summary>
internal sealed class CurveLines : JsonConverter<IReadOnlyList<CurvePoint>>
{
    private static readonly JsonSerializerOptions Line = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public override IReadOnlyList<CurvePoint>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<List<CurvePoint>>(ref reader, Line);

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<CurvePoint> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        // The writer does not indent raw values; leading white space is theirs to bring.
        var indent = "\n" + new string(' ', 2 * writer.CurrentDepth);
        foreach (var point in value)
        {
            writer.WriteRawValue(indent + JsonSerializer.Serialize(point, Line));
        }

        writer.WriteEndArray();
    }
}
