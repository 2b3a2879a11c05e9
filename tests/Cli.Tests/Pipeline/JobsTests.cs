using System.Text.Json;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Entry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Cli.Tests.Pipeline;

/// <summary><c>dip jobs</c> and <c>dip submit</c> on a real catalogue in a file.</summary>
public sealed class JobsTests : IAsyncLifetime
{
    private readonly Dip _dip = new();
    private ServiceProvider? _services;

    private JobCatalogue Catalogue => _services!.GetRequiredService<JobCatalogue>();

    public async ValueTask InitializeAsync()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Jobs:File", (string?)Path.Join(_dip.Out, ".dip/jobs.db"))]).Build();
        _services = new ServiceCollection().AddLogging().AddJobCatalogue(settings.GetSection("Jobs")).BuildServiceProvider();
        await Catalogue.MigrateAsync();
        await Catalogue.EnterAsync([Entry(1, "denoise/a.png"), Entry(2, "denoise/album/b.jpg"), Entry(3, "inpaint/c.png") with { Task = "inpaint" }, Entry(4, "denoise/bad.png") with { Refusal = "'denoise/bad.png' is bad." }]);
        var queued = Assert.Single(await Catalogue.TakeAsync(1));
        await Catalogue.ApplyAsync(new RestorationStarted(queued.Message.JobId, 1, "host-1", DateTimeOffset.UtcNow, 0, 1));
        await Catalogue.ApplyAsync(new RestorationFailed(queued.Message.JobId, 1, "host-1", DateTimeOffset.UtcNow, "It diverged.", ["first attempt"]));
    }

    [Fact]
    public void Ls_AllJobs_NewestFirstWithStateAndReason()
    {
        var ran = Jobs("ls");

        Assert.Equal(0, ran.Code);
        var lines = ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("JOB ", lines[0], StringComparison.Ordinal);
        Assert.Equal(["rejected", "waiting", "waiting", "failed"], lines[1..].Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        Assert.Contains("'denoise/bad.png' is bad.", lines[1], StringComparison.Ordinal);
        Assert.Contains("It diverged.", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--state waiting", 2)]
    [InlineData("--state waiting,failed", 3)]
    [InlineData("--task inpaint", 1)]
    [InlineData("--path denoise/album/*", 1)]
    [InlineData("--since 1h", 4)]
    [InlineData("--since 700000d", 4)]
    [InlineData("--since 2999-01-01", 0)]
    [InlineData("--limit 2", 2)]
    public void Ls_Filtered_ShowsThose(string filter, int count)
    {
        var ran = Jobs(["ls", "--json", .. filter.Split(' ')]);
        Assert.Equal(count, JsonDocument.Parse(ran.Out).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("ls --state waitin", "There is no state 'waitin' (did you mean 'waiting'?)")]
    [InlineData("ls --since soon", "--since is 'soon'; accepted:")]
    [InlineData("ls --since 999999999d", "--since is '999999999d'; accepted:")]
    [InlineData("show ffff", "There is no job 'ffff'")]
    [InlineData("cancel", "Say which jobs 'dip jobs cancel' is about")]
    [InlineData("retry ffff", "There is no job 'ffff'")]
    public void WrongUse_IsOneSentenceAndExitCodeTwo(string command, string sentence)
    {
        var ran = Jobs(command.Split(' '));
        Assert.Equal(2, ran.Code);
        Assert.StartsWith($"dip: {sentence}", ran.Error, StringComparison.Ordinal);
        Assert.Empty(ran.Out);
    }

    [Fact]
    public void Show_ByABeginning_TellsEverything()
    {
        var ran = Jobs("show", Id(1)[..6]);

        Assert.Equal(0, ran.Code);
        Assert.Contains("failed: It diverged.", ran.Out, StringComparison.Ordinal);
        Assert.Contains("host-1", ran.Out, StringComparison.Ordinal);
        Assert.Contains("first attempt", ran.Out, StringComparison.Ordinal);
        Assert.Contains("iterations  5", ran.Out, StringComparison.Ordinal);
        var json = JsonDocument.Parse(Jobs("show", Id(1), "--json").Out).RootElement;
        Assert.Equal("failed", json.GetProperty("summary").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Cancel_ByFilter_CancelsTheWaitingOnes()
    {
        var ran = Jobs("cancel", "--task", "denoise", "--state", "waiting");

        Assert.Equal((0, "1 job cancelled.\n"), (ran.Code, ran.Out));
        Assert.Equal(JobState.Cancelled, (await Catalogue.FindAsync(Id(2), TestContext.Current.CancellationToken))!.Summary.State);
        Assert.Equal(JobState.Waiting, (await Catalogue.FindAsync(Id(3), TestContext.Current.CancellationToken))!.Summary.State);
    }

    [Fact]
    public async Task Retry_AFailedOne_WaitsAgain_AWaitingOneIsLeftAndSaid()
    {
        var retried = Jobs("retry", Id(1));
        Assert.Equal((0, "1 job queued again.\n"), (retried.Code, retried.Out));
        Assert.Equal(JobState.Waiting, (await Catalogue.FindAsync(Id(1), TestContext.Current.CancellationToken))!.Summary.State);

        var again = Jobs("retry", Id(3));
        Assert.Equal(2, again.Code);
        Assert.Contains("only a rejected, failed or cancelled job can be tried again", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancelAndRetry_AllOrByFilter_AsJson_SayWhatWasDone()
    {
        var cancelled = JsonDocument.Parse(Jobs("cancel", "--all", "--json").Out).RootElement;
        Assert.Equal(2, cancelled.GetProperty("done").GetInt32());
        Assert.Equal([JobState.Failed, JobState.Cancelled, JobState.Cancelled, JobState.Rejected], await States());

        var filtered = JsonDocument.Parse(Jobs("retry", "--task", "inpaint", "--json").Out).RootElement;
        Assert.Equal(1, filtered.GetProperty("done").GetInt32());
        Assert.Equal([JobState.Failed, JobState.Cancelled, JobState.Waiting, JobState.Rejected], await States());

        var retried = JsonDocument.Parse(Jobs("retry", "--all", "--json").Out).RootElement;
        Assert.InRange(retried.GetProperty("done").GetInt32() + retried.GetProperty("pending").GetInt32(), 3, 3);
        Assert.DoesNotContain(JobState.Cancelled, await States());

        async Task<IEnumerable<JobState>> States() =>
            (await Catalogue.ListAsync(new(), TestContext.Current.CancellationToken)).OrderBy(j => j.JobId, StringComparer.Ordinal).Select(j => j.State);
    }

    [Fact]
    public void Ls_AFolderWithoutACatalogue_SaysSoAndMakesNone()
    {
        var elsewhere = Path.Join(_dip.Folder, "elsewhere");
        var ran = _dip.Run("jobs", "ls", "--out", elsewhere);
        Assert.Equal(2, ran.Code);
        Assert.Contains("There is no catalogue", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(elsewhere));
    }

    [Fact]
    public async Task Submit_PicturesOfTheInputs_WaitForTheWatcher()
    {
        _dip.AddFiles("watch/scans/a.png", "watch/scans/b.png");

        var ran = Submit(Path.Join(_dip.Folder, "watch/scans/*.png"), "--task", "denoise", "--preset", "fast", "--priority", "3");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        var request = Assert.Single(await Catalogue.SubmissionsAsync(10, TestContext.Current.CancellationToken)).Request;
        Assert.Equal(["scans/a.png", "scans/b.png"], request.Paths);
        Assert.Equal(("denoise", "fast", 3), (request.Task, request.Preset, request.Priority));
    }

    [Fact]
    public void Submit_Json_SaysWhatWasHandedOver()
    {
        var ran = Submit(_dip.AddFile("watch/a.png"), "--task", "denoise", "--set", "iterations=7", "--json");

        var request = JsonDocument.Parse(ran.Out).RootElement;
        Assert.Equal("a.png", Assert.Single(request.GetProperty("paths").EnumerateArray()).GetString());
        Assert.Equal("7", request.GetProperty("options").GetProperty("iterations").GetString());
    }

    [Fact]
    public async Task Submit_WhatCannotBeDone_IsRefusedBeforeAnythingIsSent()
    {
        var outside = _dip.AddFile("outside.png");
        var inside = _dip.AddFile("watch/a.png");
        Refused("does not lie in the pipeline's folder of pictures", outside, "--task", "denoise");
        Refused("does not exist", Path.Join(_dip.Folder, "watch/none.png"), "--task", "denoise");
        Refused("There is no task 'denois' (did you mean 'denoise'?)", inside, "--task", "denois");
        Refused("has no preset 'fastt'", inside, "--task", "denoise", "--preset", "fastt");
        Refused("has no option 'iteration'", inside, "--task", "denoise", "--set", "iteration=5");
        Assert.Empty(await Catalogue.SubmissionsAsync(10, TestContext.Current.CancellationToken));

        void Refused(string sentence, params string[] args)
        {
            var ran = Submit(args);
            Assert.Equal(2, ran.Code);
            Assert.Contains(sentence, ran.Error, StringComparison.Ordinal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        _dip.Dispose();
    }

    private Ran Jobs(params string[] args) => _dip.Run(["jobs", .. args, "--out", _dip.Out]);

    private Ran Submit(params string[] args) => _dip.Run(["submit", .. args, "--watch", Path.Join(_dip.Folder, "watch"), "--out", _dip.Out]);

    private static string Id(int n) => $"{n}".PadLeft(2, 'a').PadRight(32, '0');

    private static JobEntry Entry(int n, string path) => new()
    {
        SourcePath = path, Fingerprint = $"f{n}", JobId = Id(n), Task = "denoise", PluginVersion = "1.0.0", Preset = "fast",
        Options = new Dictionary<string, string> { ["iterations"] = "5" }, Seed = 0, Picture = new(path, new string('0', 64), 10), Output = path.EndsWith(".png", StringComparison.Ordinal) ? path : path + ".png",
    };
}
