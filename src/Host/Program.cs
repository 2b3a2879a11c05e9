using DipPipeline.Contracts;
using DipPipeline.Host;
using DipPipeline.Messaging;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

// --drain, or --drain=30: work until there has been nothing to do for so many seconds.
const string drain = "--drain";
var given = Array.Find(args, a => a == drain || a.StartsWith(drain + "=", StringComparison.Ordinal));
var builder = HealthPort.CreateBuilder([.. args.Where(a => a != given)]);
if (given is not null)
{
    if (!int.TryParse(given == drain ? "10" : given[(drain.Length + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds))
    {
        await Console.Error.WriteLineAsync($"host: '{given}' is no number of seconds; accepted: --drain, or --drain=30.").ConfigureAwait(false);
        return 2;
    }

    builder.Configuration["Host:DrainAfter"] = TimeSpan.FromSeconds(seconds).ToString();
}

builder.Services.AddStorage(builder.Configuration).AddHost(builder.Configuration);
builder.Services.AddMessaging(builder.Configuration.GetSection(MessagingOptions.Section), roles => roles.Host(HostServices.Slots));
try
{
    using var host = HealthPort.Build(builder);
    // Before the services are made, of which the first that reads a bad section would be all that is heard of.
    host.Services.GetService<IStartupValidator>()?.Validate();
    await host.RunAsync().ConfigureAwait(false);
    return 0;
}
catch (OptionsValidationException e)
{
    foreach (var failure in e.Failures)
    {
        await Console.Error.WriteLineAsync($"host: {failure}").ConfigureAwait(false);
    }

    return 2;
}
catch (RefusedException e)
{
    await Console.Error.WriteLineAsync($"host: {e.Message}").ConfigureAwait(false);
    return 2;
}
