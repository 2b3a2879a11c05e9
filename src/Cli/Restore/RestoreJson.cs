using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DipPipeline.Cli.Restore;

/// <summary>The one document of <c>--json</c>: an object for one picture, an array for several.</summary>
internal static class RestoreJson
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Document(IReadOnlyList<Outcome> outcomes) => outcomes is [var single]
        ? Node(single).ToJsonString(Format)
        : new JsonArray([.. outcomes.Select(Node)]).ToJsonString(Format);

    private static JsonNode Node(Outcome outcome)
    {
        if (outcome.Metrics is { } metrics)
        {
            return JsonNode.Parse(metrics.ToJson())!;
        }

        var node = new JsonObject { ["status"] = outcome.Ending.ToString().ToLowerInvariant(), ["error"] = outcome.Error };
        if (outcome.Input is not null)
        {
            node.Insert(0, "input", outcome.Input);
        }

        return node;
    }
}
