namespace DipPipeline.Contracts.Options;

/// <summary>Options that the task's schema refuses. Each error quotes the value and says what would be accepted.</summary>
public sealed class InvalidOptionsException(IReadOnlyList<string> errors) : RefusedException(string.Join(" ", errors))
{
    /// <summary>One sentence for each error.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
