using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Tests.Restore;

/// <summary>What the engine is asked for, and how each ending is reported.</summary>
public sealed class RunTests : IDisposable
{
    private readonly Dip _dip = new();

    public void Dispose() => _dip.Dispose();

    [Fact]
    public void Restore_EveryOption_ReachesTheEngine()
    {
        var files = _dip.AddFiles("a.png", "clean.png");

        _dip.Restore(
            files[0], "--task", "denoise", "--preset", "fast", "--reference", files[1], "--set", "tv-weight=1e-1", "bias=false",
            "--set", "patience=7", "--seed", "-42", "--device", "cuda:1", "--resume", "--max-pixels", "5000");

        var request = Assert.Single(_dip.Restorer.Requests);
        Assert.Equal(files[0], request.PicturePath);
        Assert.Equal(files[1], request.ReferencePath);
        Assert.Equal("denoise", request.Plugin.Descriptor.Id);
        Assert.Equal("fast", request.Preset);
        Assert.Equal(200, request.Options.Integer("iterations"));
        Assert.Equal(0.1, request.Options.Number("tv-weight"));
        Assert.False(request.Options.Flag("bias"));
        Assert.Equal(7, request.Options.Integer("patience"));
        Assert.Equal(-42, request.Seed);
        Assert.Equal("cuda:1", request.Device);
        Assert.Equal(_dip.Out, request.OutputFolder);
        Assert.True(request.Resume);
        Assert.Equal(5000, request.MaximumPixels);
    }

    [Fact]
    public void Restore_NothingButTheTask_Defaults()
    {
        _dip.Run("restore", _dip.AddFile("a.png"), "--task", "denoise");

        var request = Assert.Single(_dip.Restorer.Requests);
        Assert.Equal("balanced", request.Preset);
        Assert.Equal("./restored", request.OutputFolder);
        Assert.Equal("auto", request.Device);
        Assert.Equal(0, request.Seed);
        Assert.False(request.Resume);
        Assert.Equal(100_000_000, request.MaximumPixels);
        Assert.Null(request.ReferencePath);
        Assert.False(Directory.Exists("./restored"));
    }

    [Fact]
    public void Restore_Several_OnOneThreadThatIsNotTheCallers()
    {
        _dip.Restore([.. _dip.AddFiles("a.png", "b.png"), "--task", "denoise"]);

        Assert.Single(_dip.Restorer.Threads.Distinct());
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, _dip.Restorer.Threads);
    }

    [Fact]
    public void Restore_Done_OneLineWithResultAndWarnings()
    {
        _dip.Restorer.Result = m => m with
        {
            Reference = new(31.256, 32, 0.9), Baseline = new("non-local-means", 28.5), Warnings = ["The hole at 10,10 is wide."],
        };
        var picture = _dip.AddFile("a.png");

        var ran = _dip.Restore(picture, "--task", "denoise");

        Assert.Equal(
            $"{picture} -> {_dip.Out}/out.png: 120.0 s, 600 iterations, stopped by the fixed count, PSNR 31.26 dB; non-local-means gives 28.50 dB\n" +
            "  warning: The hole at 10,10 is wide.\n",
            ran.Out.ReplaceLineEndings("\n"));
        Assert.Equal("", ran.Error);
        Assert.Equal(ExitCode.Done, ran.Code);
    }

    [Fact]
    public void Restore_OneWithJson_TheMetricsAndNothingElse()
    {
        _dip.Restorer.During = (_, progress, notice) =>
        {
            notice(new("The checkpoint is of another version."));
            progress(new(300, 600, 5, TimeSpan.FromMinutes(1), 0.1, null));
        };

        var ran = _dip.Restore(_dip.AddFile("a.png"), "--task", "denoise", "--json");

        Assert.Equal("denoise", RestorationMetrics.Parse(ran.Out).Task);
        Assert.Equal("done", (string?)JsonNode.Parse(ran.Out)!["status"]);
        Assert.Contains("The checkpoint is of another version.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_SeveralWithJson_AnArrayInOrder()
    {
        var files = _dip.AddFiles("a.png", "b.png", "c.png");
        _dip.Restorer.During = Fail(("a.png", new RefusedException("'a.png' is empty.")), ("b.png", new InvalidOperationException("The disk\nis full")));

        var ran = _dip.Restore([.. files, "--task", "denoise", "--json"]);

        var array = JsonNode.Parse(ran.Out)!.AsArray();
        Assert.Equal(["refused", "failed", "done"], array.Select(o => (string?)o!["status"]));
        Assert.Equal("'a.png' is empty.", (string?)array[0]!["error"]);
        Assert.Equal($"'{files[1]}' failed: The disk.", (string?)array[1]!["error"]);
        Assert.Equal(files, array.Select(o => (string?)o!["input"]!["path"]));
        Assert.Equal(files[2], RestorationMetrics.Parse(array[2]!.ToJsonString()).Input.Path);
    }

    [Fact]
    public void Restore_PluralWithJson_AnArrayHoweverManyThereAre()
    {
        var picture = _dip.AddFile("a.png");

        var pattern = JsonNode.Parse(_dip.Restore($"{_dip.Folder}/*.png", "--task", "denoise", "--json").Out)!;
        var twice = JsonNode.Parse(_dip.Restore(picture, picture, "--task", "denoise", "--json").Out)!;
        var noMatch = JsonNode.Parse(_dip.Restore($"{_dip.Folder}/*.tif", "--task", "denoise", "--json").Out)!;
        var misspelt = JsonNode.Parse(_dip.Restore(picture, picture, "--task", "denoise", "--json", "--seed", "many").Out)!;

        Assert.All([pattern, twice, noMatch, misspelt], document => Assert.Single(document.AsArray()));
        Assert.Equal(picture, (string?)pattern[0]!["input"]!["path"]);
        Assert.Equal($"{_dip.Folder}/*.tif", (string?)noMatch[0]!["input"]!["path"]);
    }

    [Theory]
    [InlineData(ExitCode.Done, false, false)]
    [InlineData(ExitCode.Refused, true, false)]
    [InlineData(ExitCode.Failed, false, true)]
    [InlineData(ExitCode.Failed, true, true)]
    public void Restore_SomeBad_TheRestRunsAndTheCodeTellsTheWorst(int code, bool refused, bool failed)
    {
        var files = _dip.AddFiles("a.png", "b.png", "c.png");
        _dip.Restorer.During = Fail(("a.png", refused ? new RefusedException("Refused.") : null), ("b.png", failed ? new IOException("Failed.") : null));

        var ran = _dip.Restore([.. files, "--task", "denoise"]);

        Assert.Equal(code, ran.Code);
        Assert.Equal(["a.png", "b.png", "c.png"], _dip.Restorer.Pictures);
        Assert.Contains("c.png -> ", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_OneRefused_ItsSentenceAndExitCode2()
    {
        _dip.Restorer.During = Fail(("a.png", new RefusedException("'a.png' is no picture.")));

        var ran = _dip.Restore(_dip.AddFile("a.png"), "--task", "denoise");

        Assert.Equal($"dip: 'a.png' is no picture.{Environment.NewLine}", ran.Error);
        Assert.Equal("", ran.Out);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }

    [Fact]
    public void Restore_Failure_DetailsOnlyWhenAskedFor()
    {
        var picture = _dip.AddFile("a.png");
        _dip.Restorer.During = Fail(("a.png", new TypeInitializationException("Native", new DllNotFoundException("libgtk-3.so.0 is missing"))));

        var brief = _dip.Restore(picture, "--task", "denoise");
        var verbose = _dip.Restore(picture, "--task", "denoise", "--verbose");

        Assert.Equal($"dip: '{picture}' failed: libgtk-3.so.0 is missing.{Environment.NewLine}", brief.Error);
        Assert.Contains(nameof(TypeInitializationException), verbose.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, verbose.Code);
    }

    [Theory]
    [InlineData(0, true, "; the same command with --resume goes on from its last checkpoint.")]
    [InlineData(1, true, "; the same command with --resume goes on from its last checkpoint.")]
    [InlineData(0, false, " before its first checkpoint; nothing was saved.")]
    [InlineData(1, false, " before its first checkpoint; the same command with --resume begins with it.")]
    public void Restore_Stopped_PromisesWhatWasSavedAndLeavesTheRest(int at, bool checkpoint, string promise)
    {
        var files = _dip.AddFiles("a.png", "b.png", "c.png");
        File.WriteAllText(files[at], "a picture");
        _dip.Restorer.During = (request, _, _) =>
        {
            if (request.PicturePath == files[at])
            {
                if (checkpoint)
                {
                    var state = new OutputPaths(request.PicturePath, request.OutputFolder).State(PictureRestorer.JobOf(request));
                    File.WriteAllText(Path.Join(Directory.CreateDirectory(state).FullName, "checkpoint.zip"), "");
                }

                _dip.Stop();
            }
        };

        var ran = _dip.Restore([.. files, "--task", "denoise", "--json"]);

        Assert.Equal(ExitCode.Cancelled, ran.Code);
        Assert.Equal(files[..(at + 1)], _dip.Restorer.Requests.Select(r => r.PicturePath));
        Assert.Equal($"dip: Stopped at '{files[at]}'{promise}{Environment.NewLine}", ran.Error);
        string[] expected = at == 0 ? ["cancelled", "cancelled", "cancelled"] : ["done", "cancelled", "cancelled"];
        Assert.Equal(expected, JsonNode.Parse(ran.Out)!.AsArray().Select(o => (string?)o!["status"]));
    }

    [Fact]
    public void Restore_ResumeWhatIsDone_LeavesItOutAndReportsIt()
    {
        var files = Finished("a.png", "b.png");

        var again = _dip.Restore([.. files, "--task", "denoise", "--resume"]);
        var json = _dip.Restore([.. files, "--task", "denoise", "--resume", "--json"]);

        Assert.Empty(_dip.Restorer.Requests);
        Assert.Equal(ExitCode.Done, again.Code);
        Assert.StartsWith($"{files[0]} -> {_dip.Out}/a.png: already restored; 120.0 s, 600 iterations", again.Out, StringComparison.Ordinal);
        Assert.Equal(["done", "done"], JsonNode.Parse(json.Out)!.AsArray().Select(o => (string?)o!["status"]));
        Assert.Equal("", again.Error);
        Assert.Equal(2, Regex.Count(json.Error, "Already restored"));
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData("restored/a.png")]
    public void Restore_ResumeAfterAFileChanged_RestoresAgain(string changed)
    {
        var files = Finished("a.png", "b.png");
        File.WriteAllText(Path.Join(_dip.Folder, changed), "something else");

        _dip.Restore([.. files, "--task", "denoise", "--resume"]);

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Theory]
    [InlineData("a.curve.png")]
    [InlineData("a.preview.jpg")]
    public void Restore_ResumeAfterAFileWentMissing_RestoresAgain(string missing)
    {
        var files = Finished("a.png", "b.png");
        File.Delete(Path.Join(_dip.Out, missing));

        _dip.Restore([.. files, "--task", "denoise", "--resume"]);

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_ResumeAResultOfAnotherEngine_RestoresAgain()
    {
        var files = Finished("a.png");
        var metrics = Path.Join(_dip.Out, "a.json");
        File.WriteAllText(metrics, File.ReadAllText(metrics).Replace($"\"engineVersion\": \"{EngineVersion.Current}\"", "\"engineVersion\": \"0.0.1\"", StringComparison.Ordinal));

        _dip.Restore([.. files, "--task", "denoise", "--resume"]);

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Theory]
    [InlineData("--seed", "1", "--resume")]
    [InlineData("--set", "iterations=5", "--resume")]
    [InlineData("--reference", "clean.png", "--resume")]
    [InlineData]
    public void Restore_AnotherJobOrNoResume_RestoresAgain(params string[] args)
    {
        var file = Finished("a.png").Single();

        _dip.Restore([file, "--task", "denoise", .. args]);

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_StoppedAsTheLastOneEnds_IsDone()
    {
        _dip.Restorer.Result = m =>
        {
            _dip.Stop();
            return m;
        };

        Assert.Equal(ExitCode.Done, _dip.Restore(_dip.AddFile("a.png"), "--task", "denoise").Code);
    }

    [Fact]
    public void Restore_EngineCancelsOfItsOwnAccord_IsAFailure()
    {
        _dip.Restorer.During = Fail(("a.png", new OperationCanceledException("Timed out")));

        Assert.Equal(ExitCode.Failed, _dip.Restore(_dip.AddFile("a.png"), "--task", "denoise").Code);
    }

    /// <summary>Pictures with whole results, as the engine leaves them.</summary>
    private string[] Finished(params string[] names)
    {
        var files = _dip.AddFiles(names);
        foreach (var file in files)
        {
            File.WriteAllText(file, $"the picture {file}");
        }

        _dip.Restorer.During = (request, _, _) => File.WriteAllText(_dip.AddFile($"restored/{Path.GetFileName(request.PicturePath)}"), "restored");
        _dip.Restorer.Result = metrics =>
        {
            var request = _dip.Restorer.Requests[^1];
            var paths = new OutputPaths(request.PicturePath, request.OutputFolder);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(paths.Picture)));
            metrics = metrics with
            {
                JobId = PictureRestorer.JobOf(request),
                EngineVersion = EngineVersion.Current,
                Output = metrics.Output with { Path = paths.Picture, Sha256 = sha256 },
            };
            File.WriteAllText(paths.Curve, "curve");
            File.WriteAllText(paths.Preview, "preview");
            File.WriteAllText(paths.Metrics, metrics.ToJson());
            return metrics;
        };
        Assert.Equal(ExitCode.Done, _dip.Restore([.. files, "--task", "denoise"]).Code);
        _dip.Restorer.Requests.Clear();
        return files;
    }

    private static Action<RestorationRequest, Action<RestorationProgress>, Action<RestorationNotice>> Fail(
        params (string Picture, Exception? Failure)[] failures) => (request, _, _) =>
    {
        if (failures.FirstOrDefault(f => f.Picture == Path.GetFileName(request.PicturePath)).Failure is { } failure)
        {
            throw failure;
        }
    };
}
