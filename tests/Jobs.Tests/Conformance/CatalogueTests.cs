using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Jobs.Tests.Conformance;

/// <summary>What every test of the suite has: a catalogue in a database of its own, and a clock that only the test moves.</summary>
public abstract partial class CatalogueTests : IAsyncLifetime
{
    private readonly List<JobCatalogue> _catalogues = [];

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private protected JobsOptions Options { get; private set; } = null!;

    private protected JobCatalogue Catalogue { get; private set; } = null!;

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Options for a database of this test's own, empty or with the catalogue's tables in it.</summary>
    private protected abstract Task<JobsOptions> CreateDatabaseAsync();

    /// <summary>Options for one that has nothing in it, and with SQLite is not even there.</summary>
    private protected abstract Task<JobsOptions> CreateEmptyDatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        Options = await CreateDatabaseAsync();
        Catalogue = Open();
        await Catalogue.MigrateAsync(Cancelled);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _catalogues.ForEach(c => c.Dispose());
        return ValueTask.CompletedTask;
    }

    /// <summary>The catalogue as another process would open it.</summary>
    private protected JobCatalogue Open(JobsOptions? other = null, TimeProvider? time = null)
    {
        var options = Microsoft.Extensions.Options.Options.Create(other ?? Options);
        var catalogue = new JobCatalogue(new CatalogueContextFactory(options), options, time ?? Time);
        _catalogues.Add(catalogue);
        return catalogue;
    }

    private protected CatalogueContext CreateContext(JobsOptions? other = null) =>
        new CatalogueContextFactory(Microsoft.Extensions.Options.Options.Create(other ?? Options)).CreateDbContext();

    private protected Task<EntryReport> EnterAsync(params JobEntry[] entries) => Catalogue.EnterAsync(entries, Cancelled);

    private protected async Task<EntryOutcome> EnterOneAsync(JobEntry entry) => Assert.Single((await EnterAsync(entry)).Entered).Outcome;

    private protected async Task<RestoreImage> TakeOneAsync() => Assert.Single(await Catalogue.TakeAsync(100, Cancelled)).Message;

    private protected async Task<JobDetail> ShowAsync(string id)
    {
        var job = await Catalogue.FindAsync(id, Cancelled);
        Assert.NotNull(job);
        return job;
    }

    private protected async Task<JobState> StateAsync(string id) => (await ShowAsync(id)).Summary.State;

    private protected async Task<bool> ApplyAsync(IJobEvent e) => (await Catalogue.ApplyAsync(e, Cancelled)).Applied;

    /// <summary>Enters, publishes and completes a job.</summary>
    private protected async Task CompleteAsync(JobEntry entry)
    {
        await EnterAsync(entry);
        await CompleteWaitingAsync();
    }

    /// <summary>Publishes and completes whatever waits.</summary>
    private protected async Task CompleteWaitingAsync()
    {
        foreach (var (message, _) in await Catalogue.TakeAsync(100, Cancelled))
        {
            Assert.True(await ApplyAsync(Hosts.Completed(message)));
        }
    }
}
