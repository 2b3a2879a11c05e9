using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class CheckpointTests : IDisposable
{
    private static readonly CheckpointIdentity s_identity = new("job", "0.1.0", "1.0.0", "cpu", "float32", 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-checkpoint-").FullName;

    private string File => Path.Combine(_folder, "checkpoint.zip");

    [Theory]
    [InlineData("fixed")]
    [InlineData("moving-variance")]
    [InlineData("windowed-variance")]
    public void Resume_InterruptedRun_GivesTheBytesOfOneThatWasNot(string stop)
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings(("stop", stop), ("variance-window", "20"), ("tail-mean", stop == "fixed" ? "0.8" : "0"), ("parameter-noise", "0.02"), ("iterations", "120"));
        var whole = job.Run(settings);

        // 37 lies between checks, snapshots and planned checkpoints alike.
        var interrupted = Interrupt(job, settings, 37);
        Assert.Equal(37, interrupted);
        using var resumed = job.Solver(settings);
        Assert.Null(Checkpoint.TryLoad(File, s_identity, resumed));
        Assert.Equal(37, resumed.State.Counters.Iteration);
        var points = new List<int>();
        var result = resumed.Run(new SolverEvents { Progress = p => points.Add(p.Point.Iteration) }, CancellationToken.None);
        using var picture = result.Picture;
        Assert.Equal(40, points[0]);
        Assert.Equal(whole, picture.bytes.ToArray());
        Assert.Equal(12, result.Curve.Count);
    }

    /// <summary>Interrupted after its best picture and before it stops: that picture comes out of the checkpoint.</summary>
    [Fact]
    public void Resume_AfterTheLeastHeldOutRisk_StopsThereWithThatPicture()
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings(("objective", "recorrupted"), ("stop", "held-out"), ("patience", "30"), ("iterations", "1000"));
        using var undisturbed = job.Solver(settings);
        var whole = undisturbed.Run(new SolverEvents(), CancellationToken.None);
        using var expected = whole.Picture;
        Assert.InRange(whole.ChosenIteration, 10, 960);
        Assert.Equal(whole.ChosenIteration + 30, whole.Counters.Iteration);

        Interrupt(job, settings, whole.ChosenIteration + 15);
        using var resumed = job.Solver(settings);
        Assert.Null(Checkpoint.TryLoad(File, s_identity, resumed));
        Assert.Equal(whole.ChosenIteration + 15, resumed.State.Counters.Iteration);
        var result = resumed.Run(new SolverEvents(), CancellationToken.None);
        using var picture = result.Picture;
        Assert.Equal((whole.StoppedBy, whole.ChosenIteration), (result.StoppedBy, result.ChosenIteration));
        Assert.Equal(expected.bytes.ToArray(), picture.bytes.ToArray());
    }

    [Fact]
    public void Run_Uncancelled_WritesItsPlannedCheckpoints()
    {
        using var job = new TinyJob();
        var iterations = new List<int>();
        using var solver = job.Solver(TinyJob.Settings());
        solver.Run(new SolverEvents { Checkpoint = s => iterations.Add(s.State.Counters.Iteration) }, CancellationToken.None).Picture.Dispose();
        Assert.Equal([20, 40, 60], iterations);
    }

    public static TheoryData<string> Differences => ["EngineVersion", "PluginVersion", "DeviceKind", "Precision", "Threads", "JobId", "ParameterOrder", "HasOwnKernels"];

    [Theory]
    [MemberData(nameof(Differences))]
    public void TryLoad_MadeUnderOtherConditions_SaysWhichAndLeavesTheSolverAlone(string property)
    {
        using var job = new TinyJob();
        Interrupt(job, TinyJob.Settings(), 20);
        var other = property switch
        {
            "EngineVersion" => s_identity with { EngineVersion = "9.9.9" },
            "PluginVersion" => s_identity with { PluginVersion = "2.0.0" },
            "DeviceKind" => s_identity with { DeviceKind = "cuda" },
            "Precision" => s_identity with { Precision = "bfloat16" },
            "Threads" => s_identity with { Threads = 7 },
            "HasOwnKernels" => s_identity with { HasOwnKernels = true },
            "ParameterOrder" => s_identity with { ParameterOrder = ParameterBuffer.Order },
            _ => s_identity with { JobId = "another" },
        };
        using var solver = job.Solver(TinyJob.Settings());
        var reason = Checkpoint.TryLoad(File, other, solver);
        Assert.Contains("starts anew", reason, StringComparison.Ordinal);
        Assert.Contains(property switch { "DeviceKind" => "device cpu, not cuda", "Threads" => "1 threads, not 7", "PluginVersion" => "plugin 1.0.0, not 2.0.0", "ParameterOrder" => "another order of parameters", _ => ", not " }, reason, StringComparison.Ordinal);
        Assert.Equal(0, solver.State.Counters.Iteration);
    }

    /// <summary>A Host whose other GPU broke has other slots, and so other threads.</summary>
    [Theory]
    [InlineData("cpu", "cpu", 2, true)]
    [InlineData("cpu", "cpu", 4, false)]
    [InlineData("cuda", "cuda", 4, true)]
    [InlineData("cuda", "cpu", 2, false)]
    [InlineData("cpu", "cuda", 2, false)]
    public void Difference_OfTheMachine_IsTheKindOfDeviceAndACpusThreads(string kind, string other, int threads, bool isOf)
    {
        var sut = s_identity with { DeviceKind = kind, Threads = 2 };

        Assert.Equal(isOf, sut.IsOf((other, threads)));
        Assert.Equal(isOf, sut.Difference(sut with { DeviceKind = other, Threads = threads }) is null);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void TryLoad_TruncatedFile_SaysSoAndLeavesTheSolverAlone(double share)
    {
        using var job = new TinyJob();
        Interrupt(job, TinyJob.Settings(), 20);
        var bytes = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, bytes[..(int)(share * bytes.Length)]);
        using var solver = job.Solver(TinyJob.Settings());
        var before = solver.State["parameters"].bytes.ToArray();
        Assert.Contains("damaged", Checkpoint.TryLoad(File, s_identity, solver), StringComparison.Ordinal);
        Assert.Equal(before, solver.State["parameters"].bytes.ToArray());
    }

    /// <summary>The run is the same whatever it is compared with; one curve of two references would be a lie.</summary>
    [Theory]
    [InlineData("a", true)]
    [InlineData("b", false)]
    [InlineData(null, false)]
    public void TryLoad_WithAReference_KeepsThePsnrOfTheSameOneOnly(string? reference, bool kept)
    {
        using var job = new TinyJob();
        using (var solver = job.Solver(TinyJob.Settings(("iterations", "50"))))
        {
            solver.Run(new SolverEvents { Psnr = _ => 30 }, CancellationToken.None).Picture.Dispose();
            Checkpoint.Save(File, s_identity with { ReferenceSha256 = "a" }, solver);
        }

        using var resumed = job.Solver(TinyJob.Settings());
        Assert.Null(Checkpoint.TryLoad(File, s_identity with { ReferenceSha256 = reference }, resumed));
        Assert.Equal(5, resumed.State.Curve.Count);
        Assert.All(resumed.State.Curve.Concat(resumed.LastGood.Curve), p => Assert.Equal(kept ? 30 : null, p.Psnr));
    }

    [Fact]
    public void TryLoad_HeaderOfAnotherKind_SaysDamaged()
    {
        using var job = new TinyJob();
        using (var zip = System.IO.Compression.ZipFile.Open(File, System.IO.Compression.ZipArchiveMode.Create))
        using (var header = new StreamWriter(zip.CreateEntry("checkpoint.json").Open()))
        {
            header.Write("{}");
        }

        using var solver = job.Solver(TinyJob.Settings());
        Assert.Contains("damaged", Checkpoint.TryLoad(File, s_identity, solver), StringComparison.Ordinal);
    }

    [Fact]
    public void Save_FailsHalfWay_LeavesTheOlderCheckpointWhole()
    {
        using var job = new TinyJob();
        Interrupt(job, TinyJob.Settings(), 20);
        var before = System.IO.File.ReadAllBytes(File);
        using (var solver = job.Solver(TinyJob.Settings()))
        {
            // The last tensor that is written: all the others are in the file by then.
            solver.LastGood.Tensors["parameters"].Dispose();
            Assert.ThrowsAny<Exception>(() => Checkpoint.Save(File, s_identity, solver));
        }

        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Save_OverAnother_LeavesOneFile()
    {
        using var job = new TinyJob();
        Interrupt(job, TinyJob.Settings(), 20);
        Interrupt(job, TinyJob.Settings(), 40);
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Cancels at the first check after which `iteration` is reached, or between checks by the energy itself.
    private int Interrupt(TinyJob job, SolverSettings settings, int iteration)
    {
        using var cancellation = new CancellationTokenSource();
        Solver? running = null;
        using var counted = new CountedEnergy(job, () =>
        {
            if (running?.State.Counters.Iteration == iteration - 1)
            {
                cancellation.Cancel();
            }
        });
        using var solver = job.Solver(settings, problem: counted.Problem);
        running = solver;
        var saved = 0;
        var events = new SolverEvents
        {
            Checkpoint = s =>
            {
                Checkpoint.Save(File, s_identity, s);
                saved = s.State.Counters.Iteration;
            },
        };
        Assert.Throws<OperationCanceledException>(() => solver.Run(events, cancellation.Token));
        return saved;
    }
}
