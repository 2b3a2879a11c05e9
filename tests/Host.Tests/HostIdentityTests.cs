using Microsoft.Extensions.Options;

namespace DipPipeline.Host.Tests;

public sealed class HostIdentityTests
{
    [Theory]
    [InlineData(8, 1, 8)]
    [InlineData(8, 4, 2)]
    [InlineData(7, 2, 3)]
    [InlineData(2, 4, 1)]
    public void Threads_OfSeveralSlots_AreSharedOutAndEachHasOne(int threads, int slots, int each)
    {
        Assert.Equal(each, CreateSut(threads, slots).Threads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Threads_NoneAreGiven_AreTheCoresSharedOut(int slots)
    {
        Assert.Equal(Math.Max(1, Environment.ProcessorCount / slots), CreateSut(threads: 0, slots).Threads);
    }

    [Fact]
    public async Task Threads_OfASlot_AreWhatItsJobsHave()
    {
        await using var worker = new Worker(null, ("Host:Threads", "6"), ("Host:Slots", "2"));
        var message = worker.Drop();

        await worker.Handle(message);

        Assert.Equal(3, worker.Metrics(message.Output).Threads);
    }

    private static HostIdentity CreateSut(int threads, int slots) => new(Options.Create(new HostOptions { Device = "cpu", Threads = threads, Slots = slots }));
}
