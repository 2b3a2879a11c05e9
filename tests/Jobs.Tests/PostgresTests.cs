using DipPipeline.Jobs.Tests.Conformance;
using DipPipeline.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace DipPipeline.Jobs.Tests;

/// <summary>The suite with a server.</summary>
public sealed class PostgresTests : CatalogueTests
{
    private static string? s_shared;

    /// <summary>The tests run one after the other: they share a database, emptied before each.</summary>
    private protected override async Task<JobsOptions> CreateDatabaseAsync()
    {
        if (s_shared is null)
        {
            s_shared = (await CreateEmptyDatabaseAsync()).ConnectionString;
            return In(s_shared!);
        }

        await using var context = CreateContext(In(s_shared));
        var tables = string.Join(", ", context.Model.GetEntityTypes().Select(e => $"\"{e.GetTableName()}\""));
        await using var connection = new NpgsqlConnection(s_shared);
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand($"TRUNCATE {tables} RESTART IDENTITY", connection);
        await command.ExecuteNonQueryAsync(Cancelled);
        return In(s_shared);
    }

    private protected override async Task<JobsOptions> CreateEmptyDatabaseAsync() => In(await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Cancelled));

    [Fact]
    public async Task AcquireLeadership_TheConnectionIsCut_IsLostAndAnotherLeads()
    {
        await using var leader = await Catalogue.AcquireLeadershipAsync(Cancelled);
        var lost = new TaskCompletionSource();
        await using var registration = leader.Lost.Register(lost.SetResult);

        await using (var context = CreateContext())
        {
            await context.Database.ExecuteSqlAsync($"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", Cancelled);
        }

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await using var next = await Open(time: TimeProvider.System).AcquireLeadershipAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(next.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task AcquireLeadership_TheServerIsAway_Waits()
    {
        Options.ConnectionString = "Host=127.0.0.1;Port=1;Database=none;Username=postgres;Timeout=1";
        Options.StandbyInterval = TimeSpan.FromMilliseconds(20);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        impatient.CancelAfter(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Open(time: TimeProvider.System).AcquireLeadershipAsync(impatient.Token));
    }

    private static JobsOptions In(string? connectionString) => new() { Provider = JobsOptions.Postgres, ConnectionString = connectionString };
}
