using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;

namespace DipPipeline.Tests;

/// <summary>Numbers from the original implementation: a JSON header and the float32 tensors it lists.</summary>
internal sealed class GoldenCase
{
    private readonly float[] _data;
    private readonly Dictionary<string, (long[] Shape, int Offset)> _tensors;

    private GoldenCase(JsonElement header, float[] data)
    {
        Header = header;
        _data = data;
        Names = [.. header.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("name").GetString()!)];
        _tensors = header.GetProperty("tensors").EnumerateArray().ToDictionary(
            t => t.GetProperty("name").GetString()!,
            t => (t.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()).ToArray(), t.GetProperty("offset").GetInt32() / sizeof(float)));
    }

    public JsonElement Header { get; }

    public IReadOnlyList<string> Names { get; }

    public static GoldenCase Load(string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Golden");
        var bytes = File.ReadAllBytes(Path.Combine(folder, name + ".bin"));
        return new GoldenCase(
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name + ".json"))).RootElement,
            MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    public torch.Tensor Tensor(string name)
    {
        var (shape, offset) = _tensors[name];
        var count = (int)shape.Aggregate(1L, (product, side) => product * side);
        return torch.tensor(_data[offset..(offset + count)], shape);
    }

    /// <summary>Fails unless ‖actual − golden‖∞ ≤ 1e-4·‖golden‖∞ + 1e-7.</summary>
    public void AssertClose(string name, torch.Tensor actual)
    {
        var difference = Difference(name, actual);
        Assert.True(difference is null, difference);
    }

    /// <summary>A sentence if ‖actual − golden‖∞ &gt; 1e-4·‖golden‖∞ + 1e-7, else <see langword="null"/>.</summary>
    public string? Difference(string name, torch.Tensor actual)
    {
        using var scope = torch.NewDisposeScope();
        var golden = Tensor(name);
        Assert.Equal(golden.shape, actual.shape);
        var difference = (actual - golden).abs().max().to(torch.float64).item<double>();
        var limit = (1e-4 * golden.abs().max().item<float>()) + 1e-7;
        return difference <= limit ? null : $"{name}: differs by {difference:g4}, allowed {limit:g4}";
    }

    /// <summary>‖actual − expected‖∞ / ‖expected‖∞.</summary>
    public static double Distance(torch.Tensor expected, torch.Tensor actual)
    {
        using var scope = torch.NewDisposeScope();
        var wide = expected.to(torch.float64);
        return ((actual - wide).abs().max() / wide.abs().max()).item<double>();
    }
}
