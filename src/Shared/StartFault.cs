using DipPipeline.Contracts;
using Microsoft.Extensions.Options;

namespace DipPipeline;

/// <summary>What keeps a program from starting and is a person's to mend, in sentences. Compiled into each program.</summary>
internal static class StartFault
{
    /// <returns>Nothing for what is no wrong setting. Errors of several sections come together.</returns>
    public static IReadOnlyList<string> Sentences(Exception e) => e switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        RefusedException refused => [refused.Message],
        AggregateException several when several.InnerExceptions.All(i => Sentences(i).Count > 0) => [.. several.InnerExceptions.SelectMany(Sentences)],
        InvalidOperationException { InnerException: FormatException or InvalidOperationException or ArgumentException or OverflowException } binding
            when binding.Message.Contains("configuration value", StringComparison.Ordinal) => [binding.Message],
        _ => [],
    };
}
