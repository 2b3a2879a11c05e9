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

    /// <summary>A call that was refused before its pictures were known.</summary>
    public static string Refusal(string error) => NotDone(null, Ending.Refused, error).ToJsonString(Format);

    private static JsonNode Node(Outcome outcome) => outcome.Metrics is { } metrics
        ? JsonNode.Parse(metrics.ToJson())!
        : NotDone(outcome.Input, outcome.Ending, outcome.Error);

    private static JsonObject NotDone(string? input, Ending ending, string? error)
    {
        var node = new JsonObject { ["status"] = ending.ToString().ToLowerInvariant(), ["error"] = error };
        if (input is not null)
        {
            node.Insert(0, "input", input);
        }

        return node;
    }
}
