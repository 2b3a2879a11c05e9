using DipPipeline;
using DipPipeline.Host;
using DipPipeline.Messaging;
using DipPipeline.Storage;
using DipPipeline.Storage.S3;
using Microsoft.Extensions.Options;

// --drain, or --drain=30: work until there has been nothing to do for so many seconds.
const string drain = "--drain";
var given = Array.Find(args, a => a == drain || a.StartsWith(drain + "=", StringComparison.Ordinal));
TimeSpan? idle = null;
if (given is not null)
{
    if (!int.TryParse(given == drain ? "10" : given[(drain.Length + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds))
    {
        await Console.Error.WriteLineAsync($"host: '{given}' is no number of seconds; accepted: --drain, or --drain=30.").ConfigureAwait(false);
        return 2;
    }

    idle = TimeSpan.FromSeconds(seconds);
}

try
{
    var asked = ProgramSwitches.Read([.. args.Where(a => a != given)]);
    if (asked.Health is { } what)
    {
        return await HealthProbe.AskAsync(ProgramSettings.Read(asked.Settings), what, Console.Error).ConfigureAwait(false);
    }

    var builder = HealthPort.CreateBuilder(asked.Settings);
    builder.Configuration["Host:DrainAfter"] = idle?.ToString() ?? builder.Configuration["Host:DrainAfter"];
    builder.Services.AddStorage(builder.Configuration).AddS3Storage(builder.Configuration).AddHost(builder.Configuration);
    builder.Services.AddMessaging(builder.Configuration.GetSection(MessagingOptions.Section), roles => roles.Host(HostServices.Slots));
    using var host = HealthPort.Build(builder);
    if (asked.Check)
    {
        SettingsCheck.Run(host.Services, HostServices.Sections);
        return 0;
    }

    // Before the services are made, of which the first that reads a bad section would be all that is heard of.
    host.Services.GetService<IStartupValidator>()?.Validate();
    // Before it runs: its services end with it.
    var fault = host.Services.GetRequiredService<DeviceFault>();
    await host.RunAsync().ConfigureAwait(false);
    return fault.HasHappened ? 1 : 0;
}
catch (Exception e) when (StartFault.Sentences(e) is { Count: > 0 } sentences)
{
    foreach (var sentence in sentences)
    {
        await Console.Error.WriteLineAsync($"host: {sentence}").ConfigureAwait(false);
    }

    return 2;
}
