namespace DipPipeline.Contracts;

/// <summary>
/// Bad input: refused before any optimisation and never retried. The message is one sentence for the person who gave it:
/// the file or option, the value, and what would be accepted.
/// </summary>
public class RefusedException : Exception
{
    public RefusedException(string message)
        : base(message)
    {
    }

    public RefusedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
