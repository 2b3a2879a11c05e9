using System.Diagnostics;
using System.Globalization;
using DipPipeline.Contracts;
using DipPipeline.Jobs.Tests.Conformance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Tests;

/// <summary>The suite with a file.</summary>
public sealed class SqliteTests : CatalogueTests
{
    private int _files;
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-jobs-").FullName;

    private protected override Task<JobsOptions> CreateDatabaseAsync() => CreateEmptyDatabaseAsync();

    private protected override Task<JobsOptions> CreateEmptyDatabaseAsync() => Task.FromResult(new JobsOptions { File = Path.Join(_folder, "new", $"{++_files}.db") });

    [Fact]
    public async Task AcquireLeadership_TheLeaderIsKilled_AnotherLeads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Locks the file with flock(1).");
        var path = Options.File + ".leader";
        using var leader = Process.Start(new ProcessStartInfo("flock", [path, "sh", "-c", "echo locked; exec sleep 600"]) { RedirectStandardOutput = true })!;
        Assert.Equal("locked", await leader.StandardOutput.ReadLineAsync(Cancelled));
        Options.StandbyInterval = TimeSpan.FromMilliseconds(20);
        var next = Open(time: TimeProvider.System).AcquireLeadershipAsync(Cancelled);
        Assert.False(next.IsCompleted);

        leader.Kill(entireProcessTree: true);

        await (await next.WaitAsync(TimeSpan.FromSeconds(30), Cancelled)).DisposeAsync();
    }

    [Fact]
    public async Task Migrate_AfterAProcessWasKilledInAMigration_DoesNotWaitForIt()
    {
        await using (var context = CreateContext())
        {
            await context.Database.ExecuteSqlRawAsync("""
                CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01');
                DELETE FROM "__EFMigrationsHistory"; DROP TABLE "Jobs"; DROP TABLE "Recipes"; DROP TABLE "Results"; DROP TABLE "Placements";
                DROP TABLE "Sources"; DROP TABLE "Attempts"; DROP TABLE "Cancellations"; DROP TABLE "Submissions";
                DROP TABLE "Runs"; DROP TABLE "RunSettings"; DROP TABLE "RunRows"; DROP TABLE "RunCounts";
                """, Cancelled);
        }

        await Catalogue.MigrateAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        Assert.Empty(await Catalogue.ListAsync(new(), Cancelled));
    }

    [Fact]
    public async Task Migrate_AFileThatIsNoDatabase_IsRefused()
    {
        var file = Path.Join(_folder, "notes.txt");
        await File.WriteAllTextAsync(file, new string('x', 5000), Cancelled);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Open(new() { File = file }).MigrateAsync(Cancelled));

        Assert.Equal($"The catalogue '{file}' is no SQLite database; name another file in Jobs:File.", refused.Message);
        Assert.Equal(new string('x', 5000), await File.ReadAllTextAsync(file, Cancelled));
    }

    [Theory]
    [InlineData("PRAGMA journal_mode", "wal")]
    [InlineData("PRAGMA busy_timeout", "30000")]
    [InlineData("PRAGMA synchronous", "1")]
    public async Task EveryConnection_HasTheSettings(string pragma, string expected)
    {
        await using var context = CreateContext();
        await context.Database.OpenConnectionAsync(Cancelled);
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = pragma;

        Assert.Equal(expected, Convert.ToString(await command.ExecuteScalarAsync(Cancelled), CultureInfo.InvariantCulture));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
