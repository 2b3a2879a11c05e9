using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Tasks;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Plugins;

/// <summary><c>dip plugins ls</c>.</summary>
internal static class PluginList
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(TextWriter output, IReadOnlyList<PluginEntry> entries, bool json)
    {
        if (json)
        {
            output.WriteLine(new JsonArray([.. entries.Select(Node)]).ToJsonString(Format));
            return;
        }

        if (entries.Count == 0)
        {
            output.WriteLine($"There are no plugins in '{PluginFolder.Locate()}'.");
            return;
        }

        Table.Write(output,
        [
            ["TASK", "VERSION", "TITLE", "STATUS"],
            .. entries.Select(e => (string[])
            [
                e.Manifest?.Task.Id ?? $"({e.Name})",
                e.Manifest?.Task.Version ?? "-",
                e.Manifest?.Task.Title ?? "-",
                e.Reason is null ? Status(e) : $"{Status(e)}: {e.Reason}",
            ]),
        ]);
    }

    private static JsonNode Node(PluginEntry entry) => new JsonObject
    {
        ["task"] = entry.Manifest?.Task.Id,
        ["version"] = entry.Manifest?.Task.Version,
        ["title"] = entry.Manifest?.Task.Title,
        ["status"] = Status(entry),
        ["reason"] = entry.Reason,
        ["folder"] = entry.Folder,
    };

    // That this process has just loaded it says nothing to others.
    private static string Status(PluginEntry entry) => entry.Status == PluginStatus.Failed ? "failed" : "available";
}
