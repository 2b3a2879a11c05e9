using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;
using DipPipeline.Storage;
using Microsoft.Extensions.Time.Testing;

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

    /// <summary>libtorch's words, and those of a kernel of the engine's own.</summary>
    [Theory]
    [InlineData(Broken)]
    [InlineData("InvalidOperationException: The GPU's driver refused the kernel normalise (CUDA error 700).")]
    public async Task Handle_TheDeviceAnsweredWellBefore_IsAskedAnew(string says)
    {
        var (message, _) = _worker.DropFaulty(says);
        Assert.Empty(await _worker.Get<DeviceWatch>().ProblemsAsync(Now));
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

    /// <summary>A CPU that has much to do is no broken one.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Handle_TheCpuDoesNotAnswerInTime_FailsTheJobAlone()
    {
        var time = new FakeTimeProvider();
        await using var worker = new Worker(null, time);
        var (message, _) = worker.DropFaulty("Sequence contains no elements");
        using var release = new ManualResetEventSlim();
        var asked = new TaskCompletionSource();
        worker.Computes = _ =>
        {
            asked.TrySetResult();
            return release.Wait(TimeSpan.FromMinutes(1), Now);
        };

        var handling = worker.Handle(message);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Now);
        while (!handling.IsCompleted)
        {
            time.Advance(DeviceWatch.Patience);
            await Task.Delay(5, Now);
        }

        await handling;
        Assert.Equal("LibtorchException: Sequence contains no elements", Assert.IsType<RestorationFailed>(worker.Bus.Events[^1]).Reason);
        Assert.False(worker.Get<DeviceFault>().HasHappened);
        release.Set();
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.81 GiB")]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be reported later.")]
    [InlineData("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("InvalidOperationException: The GPU's driver refused the kernel normalise (CUDA error 2, out of memory).")]
    [InlineData("InsufficientMemoryException: no memory")]
    [InlineData("std::bad_alloc")]
    [InlineData("GET was unable to find an engine to execute this computation")]
    [InlineData("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`")]
    [InlineData("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED")]
    [InlineData("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")]
    public async Task Handle_NoMemoryIsLeft_DefersTheJob(string says)
    {
        var (message, file) = _worker.DropFaulty(says);
        // The last names no memory: but the device has none for anything else either.
        _worker.Computes = _ => says.EndsWith("EXECUTION_FAILED", StringComparison.Ordinal) ? throw new InvalidOperationException("CUDA out of memory. Tried to allocate 2.00 KiB.") : true;

        await _worker.Handle(message);

        var deferred = Assert.IsType<RestorationDeferred>(_worker.Bus.Events[^1]);
        Assert.Equal(($"There was no memory left for it on device 'cpu': {says.Split('\n')[0]}", false), (deferred.Reason, deferred.IsElsewhere));
        Assert.False(_worker.Lifetime.ApplicationStopping.IsCancellationRequested);
        File.Delete(file);
        await _worker.Handle(message);
        Assert.Equal(1, _worker.Bus.Events.OfType<RestorationStarted>().Last().Attempt);
        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    /// <summary>Released only once the storage is back, by whoever does that.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Handle_TheStorageIsAwayAsTheDeviceFails_TheCrashIsCountedAllTheSame()
    {
        var (message, file) = _worker.DropFaulty(Broken);
        var isAway = false;
        _worker.Results.Before = _ =>
        {
            if (Volatile.Read(ref isAway))
            {
                throw new StorageUnavailableException("restored", new IOException("away"));
            }
        };
        _worker.Computes = _ =>
        {
            Volatile.Write(ref isAway, true);
            return false;
        };
        var late = _worker.Get<LateReleases>();
        await late.StartAsync(Now);
        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(message));
        Volatile.Write(ref isAway, false);
        while (await _worker.Storage.State(message.JobId).ClaimAsync(Now) is not { IsReleased: true })
        {
            await Task.Delay(20, Now);
        }

        await late.StopAsync(Now);
        File.Delete(file);
        await using var other = new Worker(_worker.Folder);
        await other.Handle(message, redelivered: true);

        Assert.Equal(2, Assert.IsType<RestorationStarted>(other.Bus.Events[0]).Attempt);
    }

    /// <summary>Whatever it has come to since: what takes a process with it would do so again, slice after slice.</summary>
    [Fact]
    public async Task Handle_AfterACrash_TheJobStaysCareful()
    {
        var message = _worker.Drop();
        var state = _worker.Storage.State(message.JobId);
        var first = await ClaimAsync();
        Assert.False(first.IsAfterCrash);
        await _worker.Abandoned(message);

        var second = await ClaimAsync();
        Assert.Equal((true, 1), (second.IsAfterCrash, second.Crashes));

        // It gets somewhere, and gives the job back.
        await state.WriteCheckpointAsync(new CheckpointMark(0, 100) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);
        await state.WriteClaimAsync(second with { IsReleased = true, Slice = 1 }, Now);
        message = message with { Slice = 1 };
        var third = await ClaimAsync();
        Assert.Equal((true, 0), (third.IsAfterCrash, third.Crashes));

        // One that a person wants done anew may be another's problem by now.
        await state.WriteClaimAsync(third with { IsReleased = true }, Now);
        message = message with { Generation = 2, Slice = 0 };
        Assert.False((await ClaimAsync()).IsAfterCrash);

        async Task<JobClaim> ClaimAsync()
        {
            await using var claim = Assert.IsType<Claiming.Ours>(await _worker.Get<ClaimDesk>().AskAsync(message, isRedelivered: true, Now)).Claim;
            using var job = new RunningJob(message, TimeSpan.FromMinutes(1), TimeProvider.System, Now);
            using var scratch = new Scratch(Path.Join(_worker.Folder, "scratch"));
            var request = _worker.Get<Optimisation>().Request(new Work(message, job, claim, state, scratch, "cpu"), _worker.Prepared(message), resumes: false);
            Assert.Equal(claim.Record.IsAfterCrash, request.IsAfterCrash);
            return claim.Record;
        }
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}
