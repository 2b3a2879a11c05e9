using DipPipeline.Contracts;
using DipPipeline.Engine.Optimisation;
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

    /// <summary>A job that is given to it would be failed by it.</summary>
    [Fact]
    public void Devices_OneDoesNotComputeAtTheStart_IsLeftOut()
    {
        var host = CreateSut(1, 1, _ => ["cuda:0", "cuda:1", "cuda:2", "cuda:3"], device => device switch
        {
            "cuda:1" => throw new InvalidOperationException("no\nsuch"),
            // It may have memory later.
            "cuda:3" => throw new InvalidOperationException("CUDA out of memory."),
            _ => device == "cuda:0",
        });

        Assert.Equal(["cuda:0", "cuda:3"], host.Devices);
        Assert.Equal(["Device 'cuda:1' does not compute: no", "Device 'cuda:2' computes wrongly."], host.LeftOut);
    }

    [Fact]
    public void Devices_NoneComputesAtTheStart_IsRefused() => Assert.Equal(
        "Device 'cuda:0' computes wrongly.", Assert.Throws<RefusedException>(() => CreateSut(1, 1, _ => ["cuda:0"], _ => false)).Message);

    private static HostIdentity CreateSut(int threads, int slots, Func<string, IReadOnlyList<string>>? resolve = null, Func<string, bool>? computes = null) =>
        new(Options.Create(new HostOptions { Device = "cpu", Threads = threads, Slots = slots }), resolve ?? DeviceProbe.ResolveAll, computes ?? (_ => true));
}
