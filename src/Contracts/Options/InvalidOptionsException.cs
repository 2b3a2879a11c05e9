namespace DipPipeline.Contracts.Options;

/// <summary>Options that the task's schema refuses. Each error quotes the value and says what would be accepted.</summary>
public sealed class InvalidOptionsException(IReadOnlyList<string> errors, IReadOnlyList<string>? unknownOptions = null)
    : RefusedException(string.Join(" ", errors))
{
    /// <summary>One sentence for each error.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;

    /// <summary>Names given that are like none of the task's options: whoever shows the errors should say where the options are listed.</summary>
    public IReadOnlyList<string> UnknownOptions { get; } = unknownOptions ?? [];
}
