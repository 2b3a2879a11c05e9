namespace DipPipeline.Host;

/// <summary>The device does not compute any more: for none of this process's jobs.</summary>
/// <param name="problem">One sentence, as <see cref="DeviceWatch"/> has it.</param>
/// <param name="cause">What the job met.</param>
internal sealed class DeviceFailedException(string problem, Exception cause) : Exception(problem, cause);

/// <summary>The device, or the machine, had not the memory that the job took for free: another time it may.</summary>
/// <param name="device">Its name.</param>
/// <param name="cause">What the job met.</param>
internal sealed class DeviceFullException(string device, Exception cause) : Exception($"There was no memory left for it on device '{device}': {cause.Message.Split('\n')[0]}", cause);

/// <summary>
/// Ends this Host once a device has failed under a job: what is broken of CUDA stays so for as long as the process lives, and a Host that goes
/// on fails every job of the queue.
/// </summary>
internal sealed class DeviceFault(IHostApplicationLifetime lifetime)
{
    /// <summary>Whether the Host ends for it: its exit code says so.</summary>
    public bool HasHappened { get; private set; }

    public void End()
    {
        HasHappened = true;
        lifetime.StopApplication();
    }
}
