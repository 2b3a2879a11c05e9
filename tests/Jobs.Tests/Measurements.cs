using System.Diagnostics;
using System.Globalization;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Jobs.Tests;

/// <summary>
/// How long the catalogue takes with many jobs. They run only when asked for:
/// <c>./test Jobs -explicit only -method '*Measurements*' -showLiveOutput</c>.
/// </summary>
public sealed class Measurements(ITestOutputHelper output)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData("sqlite", 100_000)]
    [InlineData("sqlite", 1_000_000)]
    [InlineData("postgres", 100_000)]
    [InlineData("postgres", 1_000_000)]
    public async Task ManyJobs(string provider, int jobs)
    {
        var folder = Directory.CreateTempSubdirectory("dip-jobs-");
        using var catalogue = await OpenAsync(provider, folder);

        await MeasureAsync($"{provider}: enter {jobs:N0} in batches of 1,000", async () =>
        {
            foreach (var batch in Enumerable.Range(0, jobs).Select(Entry).Chunk(1000))
            {
                await catalogue.EnterAsync(batch, Cancelled);
            }
        });
        output.WriteLine($"peak working set of the process so far: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        await MeasureAsync("take 16, the first time", () => catalogue.TakeAsync(16, Cancelled));
        await MeasureAsync("take 16, of 20", async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await catalogue.TakeAsync(16, Cancelled);
            }
        }, 20);
        await MeasureAsync("take 1,000", () => catalogue.TakeAsync(1000, Cancelled));
        await MeasureAsync("outstanding", () => catalogue.OutstandingAsync(Cancelled));
        await MeasureAsync("backlog", () => catalogue.BacklogAsync(UnreadableRows.None, Cancelled));
        await MeasureAsync("backlog, again", () => catalogue.BacklogAsync(UnreadableRows.None, Cancelled));
        await MeasureAsync("silent", () => catalogue.TakeSilentAsync(TimeSpan.FromHours(1), Cancelled));
        await MeasureAsync("next due", () => catalogue.NextDueAsync(Cancelled));
        await MeasureAsync("pending copies", () => catalogue.PendingCopiesAsync("", 100, Cancelled));
        await MeasureAsync("re-examinations", () => catalogue.ReexaminationsAsync(Cancelled));
        await MeasureAsync("summary", () => catalogue.SummaryAsync(Cancelled));
        await MeasureAsync("list the newest 50", () => catalogue.ListAsync(new() { Limit = 50 }, Cancelled));
        await MeasureAsync("list the newest 50 waiting", () => catalogue.ListAsync(new() { Limit = 50, States = [JobState.Waiting] }, Cancelled));
        await MeasureAsync("list the newest 50 queued", () => catalogue.ListAsync(new() { Limit = 50, States = [JobState.Queued] }, Cancelled));
        await MeasureAsync("list 50 by a path that none has", () => catalogue.ListAsync(new() { Limit = 50, Path = "*none*" }, Cancelled));
        await MeasureAsync("load sources", async () =>
        {
            await foreach (var _ in catalogue.LoadSourcesAsync(Cancelled))
            {
            }
        });
        await MeasureAsync("enter the same 10,000 again", async () =>
        {
            foreach (var batch in Enumerable.Range(0, 10_000).Select(Entry).Chunk(1000))
            {
                await catalogue.EnterAsync(batch, Cancelled);
            }
        });
        var taken = await catalogue.TakeAsync(2000, Cancelled);
        await MeasureAsync("apply start and completion of 2,000, in batches of 20 events", async () =>
        {
            foreach (var batch in taken.Chunk(10))
            {
                await catalogue.ApplyAsync([.. batch.Select(j => Hosts.Started(j.Message)), .. batch.Select(j => Hosts.Completed(j.Message))], Cancelled);
            }
        });
        taken = await catalogue.TakeAsync(1000, Cancelled);
        await MeasureAsync("apply start and completion of 1,000, one by one", async () =>
        {
            foreach (var (message, _) in taken)
            {
                await catalogue.ApplyAsync(Hosts.Started(message), Cancelled);
                await catalogue.ApplyAsync(Hosts.Completed(message), Cancelled);
            }
        });
        await MeasureAsync("cancel all", () => catalogue.CancelAsync(new JobFilter(), Cancelled));
        output.WriteLine($"files: {folder.EnumerateFiles().Sum(f => f.Length) >> 20} MB; peak working set: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        folder.Delete(recursive: true);
    }

    [Theory(Explicit = true)]
    [InlineData("sqlite", 100_000)]
    [InlineData("sqlite", 1_000_000)]
    [InlineData("postgres", 100_000)]
    [InlineData("postgres", 1_000_000)]
    public async Task AnArchiveRun(string provider, int rows)
    {
        var folder = Directory.CreateTempSubdirectory("dip-jobs-");
        using var catalogue = await OpenAsync(provider, folder);
        var run = (await catalogue.OpenRunAsync("scans", "f", "scans.csv", Cancelled)).Run;
        await MeasureAsync($"{provider}: {rows:N0} rows in batches of 5,000", async () =>
        {
            foreach (var batch in Enumerable.Range(1, rows).Select(n => Entry(n) is var e ? new ManifestRow(n, 1, e.SourcePath, null, e.Output, -10) : default).Chunk(5000))
            {
                await catalogue.AddRowsAsync(run, [new() { Number = 1, Task = "denoise" }], batch, Cancelled);
            }
        });
        await catalogue.RowsAddedAsync(run, Cancelled);
        await MeasureAsync("status, the first time", () => catalogue.RunStatusAsync("scans", Cancelled));
        await MeasureAsync("status", () => catalogue.RunStatusAsync("scans", Cancelled));
        const int Done = 4000;
        await MeasureAsync("a row from pending to completed, of 4,000 by 200", async () =>
        {
            for (var done = 0; done < Done; done += 200)
            {
                await catalogue.FollowRunsAsync(Cancelled);
                var pending = await catalogue.PendingRowsAsync(200, 200, [], Cancelled);
                await catalogue.EnterAsync([.. pending.Select(p => Entry(p.Key.Number) with { Row = p.Key, Priority = -10 })], Cancelled);
                foreach (var jobs in (await catalogue.TakeAsync(200, Cancelled)).Chunk(10))
                {
                    await catalogue.ApplyAsync([.. jobs.Select(j => Hosts.Started(j.Message)), .. jobs.Select(j => Hosts.Completed(j.Message))], Cancelled);
                }
            }
        }, Done);
        await catalogue.FollowRunsAsync(Cancelled);
        await MeasureAsync("status, of 20", async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await catalogue.RunStatusAsync("scans", Cancelled);
            }
        }, 20);
        await MeasureAsync("a look with nothing to do", () => catalogue.FollowRunsAsync(Cancelled));
        await MeasureAsync("retry of what is not done", () => catalogue.RetryRunAsync("scans", Cancelled));
        Assert.Equal(Done, (await catalogue.RunStatusAsync("scans", Cancelled)).Completed);
        output.WriteLine($"files: {folder.EnumerateFiles().Sum(f => f.Length) >> 20} MB; peak working set: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");
        folder.Delete(recursive: true);
    }

    private static async Task<JobCatalogue> OpenAsync(string provider, DirectoryInfo folder)
    {
        JobsOptions options = provider == "sqlite"
            ? new() { File = Path.Join(folder.FullName, "jobs.db") }
            : new() { Provider = provider, ConnectionString = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Cancelled) };
        var wrapped = Microsoft.Extensions.Options.Options.Create(options);
        var catalogue = new JobCatalogue(new CatalogueContextFactory(wrapped), wrapped, TimeProvider.System);
        await catalogue.MigrateAsync(Cancelled);
        return catalogue;
    }

    private async Task MeasureAsync(string what, Func<Task> action, int times = 1)
    {
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await action();
        var processor = Environment.CpuUsage.TotalTime - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: {watch.Elapsed.TotalMilliseconds / times:N1} ms ({processor.TotalMilliseconds / times:N1} ms of this process's processor time)"));
    }

    private static JobEntry Entry(int number)
    {
        // Ids are hashes: spread evenly, in no order.
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number)));
        var path = string.Create(CultureInfo.InvariantCulture, $"denoise/album{number / 500:D4}/picture-{number:D7}.png");
        return Pictures.Picture("a", "1") with
        {
            SourcePath = path, Fingerprint = $"20480-638712345678901234-{number}", JobId = id[..32], Picture = new(path, id, 20480), Output = path, Options = Options,
        };
    }

    private static readonly Dictionary<string, string> Options = Enumerable.Range(0, 30).ToDictionary(i => $"option-number-{i}", i => $"{i * 100}");
}
