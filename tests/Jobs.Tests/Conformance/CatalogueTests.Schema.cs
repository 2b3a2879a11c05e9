using DipPipeline.Contracts;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Migrate_AnEmptyDatabaseByTwoProcessesAtOnce_MakesTheTablesOnce()
    {
        var options = await CreateEmptyDatabaseAsync();
        // Standing by goes by the clock.
        var (one, two) = (Open(options, TimeProvider.System), Open(options, TimeProvider.System));

        await Task.WhenAll(Task.Run(() => one.MigrateAsync(Cancelled), Cancelled), Task.Run(() => two.MigrateAsync(Cancelled), Cancelled));

        await one.EnterAsync([Picture("a", "1")], Cancelled);
        Assert.Single(await two.ListAsync(new(), Cancelled));
    }

    [Fact]
    public async Task Migrate_AgainWithJobsInIt_KeepsThem()
    {
        await EnterAsync(Picture("a", "1"));

        await Open().MigrateAsync(Cancelled);

        Assert.Equal(JobState.Waiting, await StateAsync("1"));
    }

    [Fact]
    public async Task Migrate_ANewerSchema_IsRefusedInASentence()
    {
        var options = await CreateEmptyDatabaseAsync();
        await Open(options).MigrateAsync(Cancelled);
        await using var context = CreateContext(options);
        await context.Database.ExecuteSqlAsync($"""INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion") VALUES ('99990101000000_Future', '99.0')""", Cancelled);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Open(options).MigrateAsync(Cancelled));

        Assert.Contains("was made by a newer version of this program (it has '99990101000000_Future', and this version knows up to '", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Username", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_ACatalogueWithARun_CountsItsRows()
    {
        var options = await CreateEmptyDatabaseAsync();
        await using var context = CreateContext(options);
        await context.GetService<IMigrator>().MigrateAsync("Runs", Cancelled);
        context.Runs.Add(new() { Id = 1, Name = "scans", Fingerprint = "f", Origin = "scans.csv", State = RunState.Active });
        context.RunRows.AddRange(Enumerable.Range(1, 3).Select(n => new RunRow { RunId = 1, Number = n, Settings = 1, Path = $"{n}.png", Output = $"{n}.png", State = n == 1 ? RowState.Failed : RowState.Pending }));
        await context.SaveChangesAsync(Cancelled);

        await Open(options).MigrateAsync(Cancelled);

        var status = await Open(options).RunStatusAsync("scans", Cancelled);
        Assert.Equal((3, 2, 1), (status.Rows, status.Pending, status.Failed));
    }

    [Fact]
    public async Task Migrations_OfThisVersion_MakeTheModelOfThisVersion()
    {
        await using var context = CreateContext();

        Assert.False(context.Database.HasPendingModelChanges(), "The tables changed: add a migration, as Schema/DesignTime.cs says, for each provider.");
    }
}
