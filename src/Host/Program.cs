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
    builder.Configuration["Host:DrainAfter"] = $"00:00:{(given == drain ? "10" : given[(drain.Length + 1)..])}";
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
