using System.Data.Common;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests;

/// <summary>What the pipeline does all the time takes as long with a million jobs as with ten: SQLite says that it walks through no table.</summary>
public sealed class QueryPlanTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryStatementOfTheDailyWork_FindsItsRowsByAnIndex()
    {
        var plans = await PlansAsync((catalogue, plans) =>
        {
            plans.IsOn = true;
            return WorkAsync(catalogue);
        });
        Assert.True(plans.Statements.Count > 30, $"Only {plans.Statements.Count} statements were seen.");
        Assert.Contains(plans.Statements, s => s.Plan.Contains("IX_Jobs_Ready", StringComparison.Ordinal));
        var walking = string.Join('\n', plans.Statements.Where(s => Walks(s.Plan) && !IsOfRunsAlone(s.Sql)).Select(s => $"{s.Sql}\n{s.Plan}"));
        Assert.True(walking.Length == 0, walking);
    }

    [Fact]
    public async Task WhatIsAskedOfARunAllTheTime_ReadsNoRowsButThoseThatHaveAJob()
    {
        var plans = await PlansAsync(async (catalogue, plans) =>
        {
            await RunAsync(catalogue);
            plans.IsOn = true;
            await catalogue.BacklogAsync(UnreadableRows.None, Cancelled);
            await catalogue.RunStatusAsync("scans", Cancelled);
            await catalogue.RunsAsync(10, Cancelled);
            await catalogue.FollowRunsAsync(Cancelled);
        });

        // A row waits for its job, and few do at a time; millions are pending, or have ended.
        Assert.Contains(plans.Statements, s => s.Sql.Contains("\"RunCounts\"", StringComparison.Ordinal));
        Assert.All(plans.Statements.Where(s => s.Sql.Contains("\"RunRows\"", StringComparison.Ordinal)), s => Assert.Contains($"\"State\" = {(int)RowState.Entered}", s.Sql, StringComparison.Ordinal));
    }

    private static async Task<Plans> PlansAsync(Func<JobCatalogue, Plans, Task> work)
    {
        var folder = Directory.CreateTempSubdirectory("dip-jobs-");
        var options = Microsoft.Extensions.Options.Options.Create(new JobsOptions { File = Path.Join(folder.FullName, "jobs.db") });
        var plans = new Plans();
        using (var catalogue = new JobCatalogue(new CatalogueContextFactory(options, [plans]), options, TimeProvider.System))
        {
            await catalogue.MigrateAsync(Cancelled);
            await work(catalogue, plans);
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
        return plans;
    }

    private static async Task RunAsync(JobCatalogue catalogue)
    {
        var run = (await catalogue.OpenRunAsync("scans", "f", "scans.csv", Cancelled)).Run;
        await catalogue.AddRowsAsync(run, [new() { Number = 1, Task = "denoise" }], [new(1, 1, "r.png", null, "denoise/r.png", -10), new(2, 1, "s.png", null, "denoise/s.png", -10)], Cancelled);
        await catalogue.RowsAddedAsync(run, Cancelled);
        await catalogue.PendingRowsAsync(100, 100, [], Cancelled);
        await catalogue.EnterAsync([Picture("r", "7") with { Row = new(run, 1), Priority = -10 }], Cancelled);
        await catalogue.PauseRunAsync("scans", Cancelled);
        await catalogue.ResumeRunAsync("scans", Cancelled);
        await catalogue.RunStatusAsync("scans", Cancelled);
        await catalogue.ApplyAsync(Hosts.Failed((await catalogue.TakeAsync(1, Cancelled))[0].Message), Cancelled);
        await catalogue.FollowRunsAsync(Cancelled);
        await catalogue.RetryRunAsync("scans", Cancelled);
        await foreach (var _ in catalogue.RunRowsAsync("scans", Cancelled))
        {
        }
    }

    private static async Task WorkAsync(JobCatalogue catalogue)
    {
        await catalogue.EnterAsync([Picture("a", "1"), Picture("b", "1"), Picture("c", "2"), Picture("d", "3"), Picture("e", "4")], Cancelled);
        var messages = (await catalogue.TakeAsync(4, Cancelled)).Select(j => j.Message).ToList();
        await catalogue.ReturnAsync([messages[3].JobId], Cancelled);
        await catalogue.ApplyAsync([Hosts.Started(messages[0]), Hosts.Progressed(messages[0]), Hosts.Completed(messages[0]), Hosts.Deferred(messages[1]), Hosts.SourceChanged(messages[2])], Cancelled);
        await catalogue.EnterAsync([Picture("a", "5"), Picture("d", "3"), Picture("e", "6")], Cancelled);
        await RunAsync(catalogue);
        await catalogue.OutstandingAsync(Cancelled);
        await catalogue.BacklogAsync(UnreadableRows.None, Cancelled);
        await catalogue.TakeSilentAsync(TimeSpan.FromHours(1), Cancelled);
        await catalogue.NextDueAsync(Cancelled);
        await catalogue.PendingCopiesAsync("", 10, Cancelled);
        await catalogue.CopyFailedAsync("denoise/b.png", 1, "Gone.", Cancelled);
        await catalogue.CopiedAsync("denoise/b.png", 1, Cancelled);
        await catalogue.ReexaminationsAsync(Cancelled);
        await catalogue.ForgetSourcesAsync(["denoise/b.png"], Cancelled);
        await catalogue.CancelAsync([messages[1].JobId], Cancelled);
        await catalogue.CancelSentAsync(await catalogue.CancelRequestsAsync(Cancelled), Cancelled);
        await catalogue.RetryAsync([messages[1].JobId], Cancelled);
        await catalogue.FindAsync(messages[0].JobId, Cancelled);
        await catalogue.ListAsync(new() { Limit = 10 }, Cancelled);
        await catalogue.ListAsync(new() { Limit = 10, States = [JobState.Waiting, JobState.Failed] }, Cancelled);
        await catalogue.ListAsync(new() { Limit = 10, States = [JobState.Waiting], Task = "denoise" }, Cancelled);
    }

    // "SCAN t" walks through all of t, "SCAN t USING INDEX i" through all of i. Parameters ("VIRTUAL TABLE") and subqueries that were found
    // by an index ("CO-ROUTINE t") are short, and so is what holds only rows to be dealt with soon. The newest jobs are read
    // from the table's end, which stops at the limit.
    private static bool Walks(string plan)
    {
        var lines = plan.Split('\n');
        return lines.Any(line => line.StartsWith("SCAN ", StringComparison.Ordinal)
            && !line.Contains("VIRTUAL TABLE", StringComparison.Ordinal)
            && line != "SCAN CONSTANT ROW"
            && !lines.Contains("CO-ROUTINE " + line[5..])
            && !Short.Any(line.EndsWith)
            && !plan.StartsWith("CO-ROUTINE j0\nSCAN j\nSCAN j0\n", StringComparison.Ordinal));
    }

    // A row for each archive run that there ever was.
    private static bool IsOfRunsAlone(string sql) =>
        sql.Contains("FROM \"Runs\"", StringComparison.Ordinal) && !sql.Contains("\"RunRows\"", StringComparison.Ordinal) && !sql.Contains("\"Jobs\"", StringComparison.Ordinal);

    // The last is the table of cancellations.
    private static readonly string[] Short = ["IX_Jobs_DueAt", "IX_Placements_CopyDue", "IX_Sources_Reexamine", "SCAN c"];

    /// <summary>Asks SQLite how it would do each statement, before it does.</summary>
    private sealed class Plans : DbCommandInterceptor
    {
        public bool IsOn { get; set; }

        public List<(string Sql, string Plan)> Statements { get; } = [];

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Explain(command);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Explain(command);
            return ValueTask.FromResult(result);
        }

        private void Explain(DbCommand command)
        {
            if (!IsOn)
            {
                return;
            }

            using var explain = command.Connection!.CreateCommand();
            explain.Transaction = command.Transaction;
            explain.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
            foreach (SqliteParameter parameter in command.Parameters)
            {
                explain.Parameters.Add(new SqliteParameter(parameter.ParameterName, parameter.Value));
            }

            List<string> lines = [];
            using var reader = explain.ExecuteReader();
            while (reader.Read())
            {
                lines.Add(reader.GetString(3));
            }

            Statements.Add((command.CommandText, string.Join('\n', lines) + "\n"));
        }
    }
}
