using MassTransit;

namespace DipPipeline.Messaging.Health;

/// <summary>
/// Watches the endpoints of this process, of which each has at least one. Not MassTransit's own health: that stays healthy after a
/// connection broke until the first attempt at a new one has failed, seconds later.
/// </summary>
internal sealed class BusHealth : IBusHealth, IReceiveEndpointObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Uri, string?> _faults = [];
    private TaskCompletionSource _changed = New();

    /// <summary>Called for each endpoint while the bus is configured.</summary>
    public void Expect(Uri endpoint) => Set(endpoint, "not connected yet", isNew: true);

    public BusStatus Check()
    {
        lock (_lock)
        {
            return Status();
        }
    }

    public Task WaitUntilConnectedAsync(CancellationToken cancellationToken) => WaitUntilAsync(status => status.IsConnected, cancellationToken);

    public async Task WaitUntilAsync(Func<BusStatus, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition(Status()))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task Ready(ReceiveEndpointReady ready) => Set(ready.InputAddress, fault: null);

    public Task Stopping(ReceiveEndpointStopping stopping) => Set(stopping.InputAddress, "stopping");

    public Task Completed(ReceiveEndpointCompleted completed) => Set(completed.InputAddress, "connection lost");

    public Task Faulted(ReceiveEndpointFaulted faulted) => Set(faulted.InputAddress, faulted.Exception?.GetBaseException().Message ?? "failed");

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BusStatus Status()
    {
        foreach (var (endpoint, fault) in _faults)
        {
            if (fault is not null)
            {
                return new BusStatus(IsConnected: false, $"The endpoint {endpoint.AbsolutePath.Split('/')[^1]}: {fault}.");
            }
        }

        return _faults.Count > 0 ? new BusStatus(IsConnected: true, "Connected.") : new BusStatus(IsConnected: false, "Not started.");
    }

    private Task Set(Uri endpoint, string? fault, bool isNew = false)
    {
        lock (_lock)
        {
            // The bus has an endpoint beside ours, which it does not use.
            if (isNew || _faults.ContainsKey(endpoint))
            {
                _faults[endpoint] = fault;
                _changed.TrySetResult();
                _changed = New();
            }
        }

        return Task.CompletedTask;
    }
}
