using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DipPipeline.Cli.Restore;

/// <summary>
/// The one document of <c>--json</c>: an object for one picture, an array where several arguments or a pattern were given. Every
/// entry has a <c>status</c> (done, refused, failed, cancelled); beside it stand the metrics of what is done, or <c>input</c> and <c>error</c>.
/// </summary>
internal static class RestoreJson
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Document(IReadOnlyList<Outcome> outcomes, bool areSeveral) => outcomes is [var single] && !areSeveral
        ? Node(single).ToJsonString(Format)
        : new JsonArray([.. outcomes.Select(Node)]).ToJsonString(Format);

    private static JsonObject Node(Outcome outcome)
    {
        var node = outcome.Metrics is { } metrics ? JsonNode.Parse(metrics.ToJson())!.AsObject() : new JsonObject { ["error"] = outcome.Error };
        if (outcome is { Metrics: null, Input: { } input })
        {
            node.Insert(0, "input", new JsonObject { ["path"] = input });
        }

        node.Insert(0, "status", outcome.Ending.ToString().ToLowerInvariant());
        return node;
    }
}
