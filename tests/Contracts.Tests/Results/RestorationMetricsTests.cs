using System.Text.Json;
using System.Text.Json.Nodes;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Contracts.Tests.Results;

public sealed class RestorationMetricsTests
{
    private static readonly RestorationMetrics Metrics = new()
    {
        JobId = new string('a', 32),
        Task = "denoise",
        Plugin = new("denoise", "1.0.0"),
        EngineVersion = "0.1.0",
        Preset = "fast",
        Options = new Dictionary<string, string> { ["iterations"] = "500", ["learning-rate"] = "0.01" },
        Seed = 7,
        Device = "cpu",
        Precision = "float32",
        Threads = 2,
        Input = new("photo.jpg", new string('b', 64), 640, 480, 3, 8),
        Output = new("restored/photo.jpg.png", new string('c', 64), 640, 480, 3, 8),
        Iterations = 480,
        ChosenIteration = 470,
        IterationsPerSecond = 3.25,
        Seconds = 147.7,
        StoppedBy = "discrepancy at iteration 480",
        Energy = new(0.1, 0.0125, [new(10, 0.1), new(480, 0.0125, 28.75)]),
        NoiseSigma = 24.5,
        Warnings = ["The hole at 10,10 is wide."],
        Divergences = 1,
        Generation = 0,
        PeakMemoryBytes = 5_000_000_000,
        Reference = new(31.5, 32.25, 0.875),
        Baseline = new("non-local-means", 28.5),
    };

    [Fact]
    public void Parse_OwnJson_SameMetrics()
    {
        var parsed = RestorationMetrics.Parse(Metrics.ToJson());

        Assert.Equivalent(Metrics, parsed, strict: true);
        Assert.Equal(Metrics.ToJson(), parsed.ToJson());
    }

    [Fact]
    public void ToJson_NoReference_LeavesItOut()
    {
        var json = JsonNode.Parse((Metrics with { Reference = null, Baseline = null, NoiseSigma = null }).ToJson())!.AsObject();

        Assert.False(json.ContainsKey("reference") || json.ContainsKey("baseline") || json.ContainsKey("noiseSigma"));
        Assert.Null(RestorationMetrics.Parse(json.ToJsonString()).Reference);
    }

    [Fact]
    public void ToJson_PerfectResult_InfinitePsnrSurvives()
    {
        var json = (Metrics with { Reference = new(double.PositiveInfinity, double.PositiveInfinity, 1) }).ToJson();

        Assert.Equal(double.PositiveInfinity, RestorationMetrics.Parse(json).Reference!.Psnr);
    }

    [Fact]
    public void ToJson_Several_AnArray() =>
        Assert.Equal(2, JsonNode.Parse(RestorationMetrics.ToJson([Metrics, Metrics]))!.AsArray().Count);

    [Fact]
    public void ToJson_Curve_OnePointALine()
    {
        var lines = Metrics.ToJson().Split('\n').Select(line => line.Trim().TrimEnd(',')).ToList();

        Assert.Contains("""{"iteration":10,"energy":0.1}""", lines);
        Assert.Contains("""{"iteration":480,"energy":0.0125,"psnr":28.75}""", lines);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(101, 51)]
    [InlineData(1_100, 100)]
    public void EnergyRangeOf_Curve_ThinnedToAHundredPointsWithTheLast(int points, int kept)
    {
        var range = EnergyRange.Of(1, 0.5, [.. Enumerable.Range(1, points).Select(n => new CurvePoint(10 * n, 1.0 / n))]);

        Assert.Equal(kept, range.Curve!.Count);
        Assert.Equal(10 * points, range.Curve[^1].Iteration);
        Assert.True(range.Curve.Zip(range.Curve.Skip(1), (a, b) => b.Iteration - a.Iteration).Distinct().Count() <= 1, "evenly spaced");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    public void Parse_NotMetrics_JsonException(string json) =>
        Assert.ThrowsAny<JsonException>(() => RestorationMetrics.Parse(json));
}
