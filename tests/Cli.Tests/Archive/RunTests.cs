using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs.Entry;

namespace DipPipeline.Cli.Tests.Archive;

public sealed class RunTests : IDisposable
{
    private readonly ArchiveBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("none.csv", "'none.csv' does not exist; accepted: a manifest (.csv, .tsv, .jsonl, .ndjson) or a folder of pictures.", "--task", "denoise")]
    [InlineData("none.csv", "--pilot is -1; accepted: 0 to 1000.", "--pilot", "-1")]
    [InlineData("none.csv", "--workers is 0; accepted: 1 to 1000000.", "--workers", "0")]
    [InlineData("none.csv", "--price is -1; accepted: 0 or more.", "--price", "-1")]
    [InlineData("none.csv", "There is no task 'denose' (did you mean 'denoise'?); known tasks are denoise, inpaint, superres.", "--task", "denose")]
    [InlineData("none.csv", "'dip archive run' does not take 'more'; 'dip archive run --help' tells what it takes.", "more")]
    public void Run_WrongUse_IsOneSentenceAndExitCode2(string source, string sentence, params string[] args)
    {
        var ran = _bench.Run(source, args);
        Assert.Equal((2, "", $"dip: {sentence}\n"), (ran.Code, ran.Out, ran.Error));
    }

    [Fact]
    public void Run_APrefixOfAnotherStore_IsRefused()
    {
        var ran = _bench.Run("s3://bucket/scans", "--task", "denoise");
        Assert.Equal(
            (2, "", $"dip: 's3://bucket/scans' does not lie in the pipeline's pictures, '{_bench.Watch}'; accepted: a prefix below it, which Storage__Inputs or --watch names.\n"), (ran.Code, ran.Out, ran.Error));
    }

    [Fact]
    public void Run_ANameThatIsNone_IsRefused()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png");
        Assert.Equal(
            "dip: --name is 'a/b'; accepted: up to 64 letters, digits, '.', '-' and '_', a letter or digit first.\n", _bench.Run(manifest, "--task", "denoise", "--name", "a/b").Error);
    }

    [Fact]
    public void Run_WithoutTheFolderOfPictures_IsRefused_AndMakesNone()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png");
        Directory.Delete(_bench.Watch, recursive: true);

        foreach (var dry in (string[][])[[], ["--dry-run"]])
        {
            var ran = _bench.Run(manifest, ["--task", "denoise", .. dry]);
            Assert.Equal((2, $"dip: The pipeline's folder of pictures, '{_bench.Watch}', is not there; name it with --watch.\n"), (ran.Code, ran.Error));
        }

        Assert.False(Directory.Exists(_bench.Watch));
    }

    [Fact]
    public void Run_CtrlC_IsCancelled_AndTheSameCommandGoesOn()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png");
        _bench.Dip.Stop();
        var ran = _bench.Run(manifest, "--task", "denoise");
        Assert.Equal((130, "", "dip: Stopped; what was entered is kept, and the same command goes on from there.\n"), (ran.Code, ran.Out, ran.Error));
    }

    [Fact]
    public void Run_NoTask_IsSaidWithTheLine()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png");
        Assert.StartsWith($"dip: {manifest}, line 2: Say which task with a column 'task', or --task T; known tasks are", _bench.Run(manifest).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AgainTheSame_GoesOn_AndAnotherOfItsNameIsRefused()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png", "b.png");
        Assert.Equal(0, _bench.Run(manifest, "--task", "denoise").Code);
        _bench.On("pause", "scans");

        var again = _bench.Run(_bench.Manifest("scans.jsonl", """{"path": "a.png"}""", """{"path": "b.png"}"""), "--task", "denoise");

        Assert.Equal((0, "Run 'scans' was entered before, and goes on; 'dip archive status scans' shows how.\n"), (again.Code, again.Out));
        Assert.Equal("active", ArchiveBench.Json(_bench.On("status", "scans", "--json")).GetProperty("state").GetString());
        Assert.Equal(2, (await _bench.RowsAsync("scans")).Count);

        foreach (var other in (string[][])[["--task", "inpaint"], ["--task", "denoise", "--set", "iterations=5"], ["--task", "denoise", "--priority", "1"], ["--task", "denoise", "--seed", "1"]])
        {
            var ran = _bench.Run(manifest, other);
            Assert.Equal(2, ran.Code);
            Assert.StartsWith("dip: There is a run 'scans' already, of other rows or options", ran.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, _bench.Run(manifest, "--task", "inpaint", "--name", "scans-2").Code);
    }

    [Fact]
    public async Task Run_StoppedWhileItWasEntered_GoesOnBehindTheLastRow()
    {
        string[] lines = ["path,options", .. Enumerable.Range(1, 12_000).Select(n => $"{n}.png,iterations={n % 3 + 1}")];
        var manifest = _bench.Manifest("scans.csv", lines);
        Assert.Equal(0, _bench.Run(manifest, "--task", "denoise", "--name", "whole").Code);
        var whole = await _bench.RowsAsync("whole");

        // As a process leaves it that was killed after its first batch.
        await using (var context = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Join(_bench.Dip.Out, ".dip/jobs.db")}"))
        {
            await context.OpenAsync(TestContext.Current.CancellationToken);
            var command = context.CreateCommand();
            command.CommandText = """DELETE FROM "RunRows" WHERE "Number" > 5001; UPDATE "RunCounts" SET "Rows" = 5000; UPDATE "Runs" SET "State" = 0, "Name" = 'scans'; DELETE FROM "RunSettings" WHERE "Number" > 2""";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("entering", ArchiveBench.Json(_bench.On("status", "scans", "--json")).GetProperty("state").GetString());
        Assert.StartsWith("dip: The manifest of run 'scans' is not entered yet", _bench.On("pause", "scans").Error, StringComparison.Ordinal);
        var ran = _bench.Run(manifest, "--task", "denoise", "--json");

        Assert.Equal((12_000, 7_000), (ArchiveBench.Json(ran).GetProperty("rows").GetInt32(), ArchiveBench.Json(ran).GetProperty("added").GetInt32()));
        Assert.Equal(whole.Select(r => (r.Row, r.Settings.Options["iterations"])), (await _bench.RowsAsync("scans")).Select(r => (r.Row, r.Settings.Options["iterations"])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_StoppedWhileItWasEntered_AndTheSameRowsStandInOtherLines_HasEachRowOnce(bool areLater)
    {
        string[] pictures = [.. Enumerable.Range(1, 6000).Select(n => $"{n}.png")];
        var comma = _bench.Manifest("scans.csv", ["path", .. pictures]);
        var lines = _bench.Manifest("scans.jsonl", [.. pictures.Select(p => $$"""{"path": "{{p}}"}""")]);
        Assert.Equal(0, _bench.Run(areLater ? lines : comma, "--task", "denoise").Code);
        await using (var context = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Join(_bench.Dip.Out, ".dip/jobs.db")}"))
        {
            await context.OpenAsync(TestContext.Current.CancellationToken);
            var command = context.CreateCommand();
            command.CommandText = """DELETE FROM "RunRows" WHERE "Number" > (SELECT MIN("Number") + 4999 FROM "RunRows"); UPDATE "Runs" SET "State" = 0; UPDATE "RunCounts" SET "Rows" = 5000""";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, _bench.Run(areLater ? comma : lines, "--task", "denoise").Code);

        Assert.Equal(pictures.Order(StringComparer.Ordinal), (await _bench.RowsAsync("scans")).Select(r => r.Row.Path).Order(StringComparer.Ordinal));
        Assert.Equal("active", ArchiveBench.Json(_bench.On("status", "scans", "--json")).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("status", "scan")]
    [InlineData("pause", "scan")]
    [InlineData("resume", "scan")]
    [InlineData("report", "scan")]
    [InlineData("retry", "scan", "--failed")]
    public void Commands_OfARunThatIsNotThere_AreRefusedWithTheNearestName(params string[] command)
    {
        _bench.Run(_bench.Manifest("scans.csv", "path", "a.png"), "--task", "denoise");
        var ran = _bench.On(command);
        Assert.Equal((2, "", "dip: There is no run 'scan' (did you mean 'scans'?); 'dip archive status' shows those there are.\n"), (ran.Code, ran.Out, ran.Error));
    }

    [Fact]
    public void Commands_WithoutACatalogue_SayThatThereIsNone_AndMakeNone()
    {
        var ran = _bench.On("status");
        Assert.Equal(2, ran.Code);
        Assert.StartsWith("dip: There is no catalogue '", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_bench.Dip.Out));
    }

    [Theory]
    [InlineData("box.1", "box.1")]
    [InlineData("box.1.csv", "box.1")]
    public void Run_WithoutAName_IsCalledAsItsFolderOrItsManifest(string source, string name)
    {
        var manifest = _bench.Manifest("box.1.csv", "path", "a.png");
        var folder = Path.Join(_bench.Watch, "box.1");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "a.png"), "picture");

        Assert.Equal(0, _bench.Run(source == "box.1" ? folder : manifest, "--task", "denoise").Code);

        Assert.Equal(name, ArchiveBench.Json(_bench.On("status", "--json"))[0].GetProperty("name").GetString());
    }

    [Fact]
    public void Run_ThereIsNoFileAtAll_SaysThatItsRowsWait()
    {
        var manifest = _bench.Manifest("scans.csv", "path", "a.png");
        File.Delete(Path.Join(_bench.Watch, ".keep"));
        Directory.CreateDirectory(Path.Join(_bench.Watch, "denoise"));

        var ran = _bench.Run(manifest, "--task", "denoise");

        Assert.Equal((0, $"dip: There is no file to be read in '{_bench.Watch}': the rows wait until there is one, as if a mount was lost.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public void Retry_WithoutSayingOfWhat_IsRefused()
    {
        _bench.Run(_bench.Manifest("scans.csv", "path", "a.png"), "--task", "denoise");
        Assert.StartsWith("dip: Say which rows to try again:", _bench.On("retry", "scans").Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_PauseRetryAndReport_TellWhatBecameOfIt()
    {
        _bench.Run(_bench.Manifest("scans.csv", "path", "a.png", "b.png", "<c>.png", "d.png"), "--task", "denoise");
        await EndAsync("scans");

        var sheet = _bench.On("status", "scans").Out;
        Assert.Matches(@"(?m)^rows +4$", sheet);
        Assert.Matches(@"(?m)^completed +2$", sheet);
        Assert.Matches(@"(?m)^failed +1$", sheet);
        Assert.Matches(@"(?m)^scans +active +4 +2 +1 +- +.*scans.csv$", _bench.On("status").Out);
        Assert.Equal("Run 'scans' is paused.\n", _bench.On("pause", "scans").Out);
        Assert.Equal("Run 'scans' was paused already.\n", _bench.On("pause", "scans").Out);
        Assert.Equal("Run 'scans' goes on.\n", _bench.On("resume", "scans").Out);

        var report = _bench.On("report", "scans", "--to", Path.Join(_bench.Dip.Folder, "reports"));
        Assert.Equal((0, ""), (report.Code, report.Error));
        var lines = File.ReadAllLines(Path.Join(_bench.Dip.Folder, "reports/scans.report.csv"));
        Assert.StartsWith("line,path,task,preset,priority,output,state,reason,job,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("2,a.png,denoise,,-10,denoise/a.png,completed,,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("4,<c>.png,denoise,,-10,denoise/<c>.png,failed,\"It diverged, twice.\",", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("5,d.png,denoise,,-10,denoise/d.png,pending,,", lines[4], StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Join(_bench.Dip.Folder, "reports/scans.report.html"));
        Assert.Contains("It diverged, twice.", page, StringComparison.Ordinal);
        Assert.Contains("data:image/jpeg;base64,AQID", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<c>", page, StringComparison.Ordinal);
        // The less energy is left, the better.
        Assert.True(page.IndexOf("denoise/b.png: 20.0 dB", StringComparison.Ordinal) < page.IndexOf("denoise/a.png: 10.0 dB", StringComparison.Ordinal)
            == page.IndexOf("The best", StringComparison.Ordinal) < page.IndexOf("The worst", StringComparison.Ordinal));

        Assert.Equal("1 row(s) of run 'scans' are tried again in their turn.\n", _bench.On("retry", "scans", "--failed").Out);
        Assert.Equal(2, ArchiveBench.Json(_bench.On("status", "scans", "--json")).GetProperty("pending").GetInt32());
    }

    /// <summary>Two rows done, one failed, one not looked at: as Watcher and Host would say it.</summary>
    private async Task EndAsync(string name)
    {
        var rows = (await _bench.Catalogue.PendingRowsAsync(3, 3, [])).Take(3).ToList();
        await _bench.Catalogue.EnterAsync([.. rows.Select((row, i) => new JobEntry
        {
            SourcePath = row.Row.Path, Fingerprint = "row", JobId = new string((char)('a' + i), 32), Task = "denoise", PluginVersion = "1.0.0", Preset = "balanced",
            Options = new Dictionary<string, string>(), Seed = 0, Picture = new(row.Row.Path, new string('0', 64), 1), Output = row.Row.Output, Row = row.Key,
        })]);
        var jobs = (await _bench.Catalogue.TakeAsync(10)).Select(j => j.Message).ToList();
        await _bench.Catalogue.ApplyAsync(
        [
            new RestorationCompleted(jobs[0].JobId, 1, "host", DateTimeOffset.UtcNow, Metrics(jobs[0], 0.1)),
            new RestorationCompleted(jobs[1].JobId, 1, "host", DateTimeOffset.UtcNow, Metrics(jobs[1], 0.01)),
            new RestorationFailed(jobs[2].JobId, 1, "host", DateTimeOffset.UtcNow, "It diverged, twice.", []),
        ]);
        await _bench.Catalogue.FollowRunsAsync();
        var preview = Path.Join(_bench.Dip.Out, "denoise/a.preview.jpg");
        Directory.CreateDirectory(Path.GetDirectoryName(preview)!);
        await File.WriteAllBytesAsync(preview, [1, 2, 3]);
    }

    private static RestorationMetrics Metrics(RestoreImage job, double energy) => new()
    {
        JobId = job.JobId, Task = job.Task, Plugin = new("Denoise", "1.0.0"), EngineVersion = "1", Preset = job.Preset, Options = job.Options, Seed = 0, Device = "cpu",
        Precision = "float32", Threads = 1, Input = new(job.Picture.Path, "00", 8, 8, 3, 8), Output = new(job.Output, "00", 8, 8, 3, 8), Iterations = 10, ChosenIteration = 10,
        IterationsPerSecond = 1, Seconds = 10, StoppedBy = "the fixed count", Energy = new(1, energy), Warnings = ["It is small."], Generation = 1, PeakMemoryBytes = 1,
    };
}
