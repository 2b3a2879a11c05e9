namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task AcquireLeadership_WhileAnotherLeads_WaitsForItsEnd()
    {
        var leader = await Catalogue.AcquireLeadershipAsync(Cancelled);
        var standby = Open(time: TimeProvider.System);
        Options.StandbyInterval = TimeSpan.FromMilliseconds(20);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        impatient.CancelAfter(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standby.AcquireLeadershipAsync(impatient.Token));

        var next = standby.AcquireLeadershipAsync(Cancelled);
        Assert.False(next.IsCompleted);
        await leader.DisposeAsync();

        await using var taken = await next.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(taken.Lost.IsCancellationRequested);
    }
}
