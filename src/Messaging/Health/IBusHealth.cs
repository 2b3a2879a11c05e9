namespace DipPipeline.Messaging.Health;

/// <summary>Whether this process can send and receive.</summary>
public interface IBusHealth
{
    /// <summary>Now; costs nothing.</summary>
    BusStatus Check();

    /// <summary>Returns when <see cref="Check"/> says connected.</summary>
    Task WaitUntilConnectedAsync(CancellationToken cancellationToken = default);
}

/// <param name="IsConnected">Every endpoint of this process receives.</param>
/// <param name="Reason">One sentence.</param>
public sealed record BusStatus(bool IsConnected, string Reason);
