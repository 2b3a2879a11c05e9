using Microsoft.Extensions.Configuration;

namespace DipPipeline;

/// <summary>Where a service's settings come from, each place winning over those before it. Compiled into each program that is a service.</summary>
internal static class ProgramSettings
{
    /// <summary><c>appsettings.json</c> beside the program, secret files, environment variables, arguments.</summary>
    public static IConfigurationRoot Read(string[] args) =>
        new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddSecretFiles().AddEnvironmentVariables().AddCommandLine(args).Build();

    /// <summary>Puts secret files below what an application's own builder has read after them.</summary>
    public static void AddSecrets(IConfigurationBuilder configuration, string[] args) => configuration.AddSecretFiles().AddEnvironmentVariables().AddCommandLine(args);
}
