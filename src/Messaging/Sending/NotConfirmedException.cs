namespace DipPipeline.Messaging.Sending;

/// <summary>The broker did not confirm a message in time, or cannot. Whether it has the message is unknown.</summary>
public sealed class NotConfirmedException : Exception
{
    public NotConfirmedException()
    {
    }

    public NotConfirmedException(string message)
        : base(message)
    {
    }

    public NotConfirmedException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}
