using System.Data.Common;
using Microsoft.Extensions.Options;
using Npgsql;

namespace DipPipeline.Jobs;

/// <summary>Every error at once, each with its value and what would be accepted; a connection string, which may hold a password, is not repeated.</summary>
internal sealed class JobsOptionsValidator : IValidateOptions<JobsOptions>
{
    public ValidateOptionsResult Validate(string? name, JobsOptions options)
    {
        string[] errors = [.. Place(options), .. Patience(options)];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Place(JobsOptions options)
    {
        if (options.IsPostgres)
        {
            if (ConnectionStringError(options.ConnectionString) is { } error)
            {
                yield return error;
            }
        }
        else if (options.IsSqlite)
        {
            if (string.IsNullOrWhiteSpace(options.File) || options.File.Contains(":memory:", StringComparison.Ordinal))
            {
                yield return $"Jobs:File is '{options.File}'; accepted: the path of a file, such as '.dip/jobs.db'.";
            }

            if (!string.IsNullOrEmpty(options.ConnectionString))
            {
                yield return $"Jobs:ConnectionString is set, but Jobs:Provider is '{options.Provider}', which takes Jobs:File; remove it, or set Jobs:Provider to 'postgres'.";
            }
        }
        else
        {
            yield return $"Jobs:Provider is '{options.Provider}'; accepted: sqlite, postgres.";
        }
    }

    private static string? ConnectionStringError(string? text)
    {
        const string Accepted = "accepted: such as 'Host=db;Database=dip;Username=dip;Password=…'";
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(builder.Host) ? $"Jobs:ConnectionString names no Host, which postgres needs; {Accepted}." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or DbException)
        {
            return $"Jobs:ConnectionString cannot be read; {Accepted}.";
        }
    }

    private static IEnumerable<string> Patience(JobsOptions options)
    {
        if (options.MaxDeferrals < 1)
        {
            yield return $"Jobs:MaxDeferrals is {options.MaxDeferrals}; accepted: 1 or more.";
        }

        if (options.FirstDeferral <= TimeSpan.Zero)
        {
            yield return $"Jobs:FirstDeferral is {options.FirstDeferral}; accepted: more than 0, such as 00:00:10.";
        }

        if (options.LongestDeferral < options.FirstDeferral)
        {
            yield return $"Jobs:LongestDeferral is {options.LongestDeferral}; accepted: Jobs:FirstDeferral ({options.FirstDeferral}) or more.";
        }

        if (options.StandbyInterval <= TimeSpan.Zero)
        {
            yield return $"Jobs:StandbyInterval is {options.StandbyInterval}; accepted: more than 0, such as 00:00:01.";
        }
    }
}
