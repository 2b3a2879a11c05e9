using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Host.Tests.Jobs;

/// <summary>What becomes of a job under which its device fails: nothing of it is the job's fault, and the queue is not to be failed for it.</summary>
public sealed class DeviceFaultTests : IAsyncDisposable
{
    private const string Broken = "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be reported later.";

    private readonly Worker _worker = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_TheDeviceNoLongerComputes_ReturnsTheMessageAndEndsTheHost()
    {
        var (message, _) = _worker.DropFaulty(Broken);
        _worker.Computes = _ => throw new InvalidOperationException(Broken);

        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(message));

        Assert.IsType<RestorationStarted>(Assert.Single(_worker.Bus.Events));
        Assert.True(_worker.Lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.True(_worker.Get<DeviceFault>().HasHappened);
        var claim = (await _worker.Storage.State(message.JobId).ClaimAsync(Now))!;
        Assert.Equal((true, "Device 'cpu' does not compute: CUDA error: an illegal memory access was encountered"), (claim.IsReleased, claim.Fault));
    }

    /// <summary>A device that nobody has asked for a while, and one that has just answered well.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handle_TheDeviceAnsweredWellBefore_IsAskedAnew(bool isAskedBefore)
    {
        var (message, _) = _worker.DropFaulty(Broken);
        if (isAskedBefore)
        {
            Assert.Empty(await _worker.Get<DeviceWatch>().ProblemsAsync(Now));
        }

        _worker.Computes = _ => false;

        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(message));

        Assert.Equal("Device 'cpu' computes wrongly.", (await _worker.Storage.State(message.JobId).ClaimAsync(Now))!.Fault);
    }

    [Fact]
    public async Task Handle_AJobThatBreaksThreeDevices_FailsWithItsHistory()
    {
        var (message, _) = _worker.DropFaulty(Broken);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await using var host = new Worker(_worker.Folder) { Computes = _ => false };
            await Assert.ThrowsAsync<ReturnMessageException>(() => host.Handle(message, redelivered: attempt > 1));
            Assert.Equal(attempt, Assert.IsType<RestorationStarted>(Assert.Single(host.Bus.Events)).Attempt);
        }

        await _worker.Handle(message, redelivered: true);

        var failed = Assert.IsType<RestorationFailed>(Assert.Single(_worker.Bus.Events));
        Assert.Equal(3, failed.History.Count);
        Assert.All(failed.History, line => Assert.EndsWith("ended with its process, without a new checkpoint: Device 'cpu' computes wrongly.", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Handle_AfterTheDeviceFailed_AnotherHostDoesTheJob()
    {
        var (message, file) = _worker.DropFaulty(Broken);
        _worker.Computes = _ => false;
        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(message));

        File.Delete(file);
        await using var other = new Worker(_worker.Folder);
        await other.Handle(message, redelivered: true);

        Assert.Equal(2, Assert.IsType<RestorationStarted>(other.Bus.Events[0]).Attempt);
        Assert.IsType<RestorationCompleted>(other.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_TheDeviceComputes_FailsTheJobAlone()
    {
        var (message, _) = _worker.DropFaulty("The size of tensor a (3) must match the size of tensor b (4)");

        await _worker.Handle(message);

        Assert.StartsWith("LibtorchException: The size of tensor a", Assert.IsType<RestorationFailed>(_worker.Bus.Events[^1]).Reason, StringComparison.Ordinal);
        Assert.False(_worker.Lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.False(_worker.Get<DeviceFault>().HasHappened);
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.81 GiB")]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be reported later.")]
    [InlineData("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    public async Task Handle_NoMemoryIsLeft_DefersTheJob(string says)
    {
        var (message, file) = _worker.DropFaulty(says);
        // So full that not even this is to be had.
        _worker.Computes = _ => throw new InvalidOperationException(says);

        await _worker.Handle(message);

        var deferred = Assert.IsType<RestorationDeferred>(_worker.Bus.Events[^1]);
        Assert.Equal(($"There was no memory left for it on device 'cpu': {says.Split('\n')[0]}", false), (deferred.Reason, deferred.IsElsewhere));
        Assert.False(_worker.Lifetime.ApplicationStopping.IsCancellationRequested);
        File.Delete(file);
        await _worker.Handle(message);
        Assert.Equal(1, _worker.Bus.Events.OfType<RestorationStarted>().Last().Attempt);
        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Request_OfAnAttemptAfterCrashes_SaysHowMany(int crashes)
    {
        var message = _worker.Drop();
        await using var claim = new OwnedClaim(
            _worker.Storage.State(message.JobId), await _worker.Abandoned(message, crashes: crashes), TimeSpan.FromMinutes(1), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        using var job = new RunningJob(message, TimeSpan.FromMinutes(1), TimeProvider.System, Now);
        using var scratch = new Scratch(Path.Join(_worker.Folder, "scratch"));

        var request = _worker.Get<Optimisation>().Request(new Work(message, job, claim, _worker.Storage.State(message.JobId), scratch, "cpu"), _worker.Prepared(message), resumes: false);

        Assert.Equal(crashes, request.Crashes);
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}
