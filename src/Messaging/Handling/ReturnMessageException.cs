namespace DipPipeline.Messaging.Handling;

/// <summary>
/// Thrown by a handler to give its message back to the queue, as if it had never been delivered. The slot is held for
/// <see cref="MessagingOptions.ReturnDelay"/> before, so that one process alone does not turn in circles. Other deliveries of the
/// handler go on. For an event batch, all of it.
/// </summary>
public sealed class ReturnMessageException : Exception
{
    public ReturnMessageException()
        : this("The message goes back to the queue.")
    {
    }

    public ReturnMessageException(string reason)
        : base(reason)
    {
    }

    public ReturnMessageException(string reason, Exception cause)
        : base(reason, cause)
    {
    }
}
