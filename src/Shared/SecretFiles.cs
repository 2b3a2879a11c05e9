using DipPipeline.Contracts;
using Microsoft.Extensions.Configuration;

namespace DipPipeline;

/// <summary>Settings that are secret, from files: how containers are given them. Compiled into each program.</summary>
internal static class SecretFiles
{
    /// <summary>Names the folder of the files; empty: none is read. Default <c>/run/secrets</c>, if there is one.</summary>
    public const string Variable = "DIP_SECRETS";

    private const string Usual = "/run/secrets";

    /// <summary>
    /// Adds each file of the folder as the setting it is called after, <c>Jobs__ConnectionString</c> for <c>Jobs:ConnectionString</c>; its
    /// text, less line ends, is the value. Read once. What is added after it, such as environment variables, wins.
    /// </summary>
    /// <exception cref="RefusedException">The folder that was named is not there, or what is in it may not be read.</exception>
    public static IConfigurationBuilder AddSecretFiles(this IConfigurationBuilder configuration)
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var folder = Path.GetFullPath(named is { Length: > 0 } ? named : Usual);
        if (named is "" || (named is null && !Directory.Exists(folder)))
        {
            return configuration;
        }

        if (!Directory.Exists(folder))
        {
            throw new RefusedException($"{Variable} is '{named}', and there is no such folder; accepted: a folder of files that are called after settings, such as Jobs__ConnectionString.");
        }

        try
        {
            // Read here and now, for an error to be one of this folder; a builder would read it later.
            var files = new ConfigurationBuilder().AddKeyPerFile(folder, optional: false, reloadOnChange: false).Build();
            return configuration.AddInMemoryCollection(files.AsEnumerable().Where(setting => setting.Value is not null));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The secrets in '{folder}' cannot be read: {e.Message} Let this user read them, or name another folder in {Variable}.", e);
        }
    }
}
