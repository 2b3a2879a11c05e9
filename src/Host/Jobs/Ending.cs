namespace DipPipeline.Host;

/// <summary>Why a running optimisation was asked to stop; of several reasons the first counts.</summary>
internal enum StopReason
{
    None,

    /// <summary>The message was held for <see cref="HostOptions.MaxHold"/>.</summary>
    SliceEnded,

    /// <summary>The Host is leaving.</summary>
    Leaving,

    /// <summary>A person cancelled the job, or a newer one writes its output.</summary>
    Cancelled,

    /// <summary>The connection that delivered the message is gone: somebody else has it by now.</summary>
    ConnectionLost,

    /// <summary>Another Host owns the job.</summary>
    ClaimLost,
}
