using System.Text.Json;
using System.Text.Json.Serialization;

namespace DipPipeline.Contracts.Tasks;

/// <summary><c>plugin.json</c>: the task's descriptor and the assembly that implements it.</summary>
public sealed record PluginManifest
{
    /// <summary>The manifest's file name in a plugin's folder.</summary>
    public const string FileName = "plugin.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The assembly's file name, in the manifest's folder.</summary>
    public required string Assembly { get; init; }

    /// <summary>Full name of the type that implements the task.</summary>
    public required string Type { get; init; }

    public required TaskDescriptor Task { get; init; }

    /// <exception cref="JsonException">The text is not a manifest.</exception>
    public static PluginManifest Parse(string json) =>
        JsonSerializer.Deserialize<PluginManifest>(json, Json) ?? throw new JsonException("The manifest is empty.");

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
