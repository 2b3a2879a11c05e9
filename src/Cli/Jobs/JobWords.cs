using System.Globalization;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Jobs;

namespace DipPipeline.Cli.Jobs;

/// <summary>States and times as a person types and reads them.</summary>
internal static class JobWords
{
    public static string Of(JobState state) => state.ToString().ToLowerInvariant();

    /// <exception cref="RefusedException">No such state.</exception>
    public static JobState State(string word)
    {
        var states = Enum.GetValues<JobState>();
        return states.Any(s => Of(s) == word)
            ? states.First(s => Of(s) == word)
            : throw new RefusedException($"There is no state '{word}'{NearestName.Hint(word, states.Select(Of))}; accepted: {string.Join(", ", states.Select(Of))}.");
    }

    /// <param name="text"><c>30m</c>, <c>12h</c>, <c>7d</c> before <paramref name="now"/>, or a date with or without time, local.</param>
    /// <param name="now">Now.</param>
    /// <exception cref="RefusedException">Neither.</exception>
    public static DateTimeOffset Since(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            long? seconds = text[^1] switch
            {
                's' => count,
                'm' => count * 60L,
                'h' => count * 3600L,
                'd' => count * 86400L,
                _ => null,
            };
            if (seconds is { } ago && ago <= (now - DateTimeOffset.MinValue).TotalSeconds)
            {
                return now.AddSeconds(-ago);
            }
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment)
            ? moment.ToUniversalTime()
            : throw new RefusedException($"--since is '{text}'; accepted: a time ago such as 30m, 12h or 7d, or a date such as 2026-11-24.");
    }

    /// <summary>Local time, to the second.</summary>
    public static string Moment(DateTimeOffset? moment) =>
        moment is { } at ? at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "-";
}
