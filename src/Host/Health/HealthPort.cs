using System.Globalization;
using DipPipeline.Contracts;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace DipPipeline.Host;

/// <summary>Serves <c>/health/live</c> and <c>/health/ready</c> on <c>Health:Port</c> (default 0: none is served, no port is opened).</summary>
public static class HealthPort
{
    private const string Setting = $"{HealthOptions.Section}:{nameof(HealthOptions.Port)}";

    /// <param name="args">The program's arguments: settings among them as <c>--Host:Slots=2</c>.</param>
    public static IHostApplicationBuilder CreateBuilder(string[] args)
    {
        // Asked before there is a builder, since the answer decides which one.
        var port = PortOf(ProgramSettings.Read(args));
        IHostApplicationBuilder builder;
        if (port == 0)
        {
            builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
        }
        else
        {
            var web = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
            web.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
            builder = web;
        }

        ProgramSettings.AddSecrets(builder.Configuration, args);
        // Probes ask all day: six lines for each would bury the rest.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        return builder;
    }

    /// <summary>The same for a program with settings of its own, which adds nothing to them: neither logging nor other defaults.</summary>
    public static IHostApplicationBuilder CreateEmptyBuilder(IConfiguration settings, string application)
    {
        var port = PortOf(settings);
        IHostApplicationBuilder builder;
        if (port == 0)
        {
            builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new() { ApplicationName = application, ContentRootPath = AppContext.BaseDirectory });
        }
        else
        {
            var web = WebApplication.CreateEmptyBuilder(new() { ApplicationName = application, ContentRootPath = AppContext.BaseDirectory });
            web.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
            web.Services.AddRouting();
            builder = web;
        }

        builder.Configuration.AddConfiguration(settings);
        return builder;
    }

    /// <param name="builder">Of this class, with all services.</param>
    /// <param name="more">Maps what else is served, if anything is.</param>
    public static IHost Build(IHostApplicationBuilder builder, Action<IEndpointRouteBuilder>? more = null)
    {
        if (builder is HostApplicationBuilder plain)
        {
            return plain.Build();
        }

        var app = ((WebApplicationBuilder)builder).Build();
        more?.Invoke(app);
        app.MapHealthChecks("/health/live", Checks(HostServices.LiveTag));
        app.MapHealthChecks("/health/ready", Checks(HostServices.ReadyTag));
        return app;
    }

    private static int PortOf(IConfiguration settings)
    {
        var port = 0;
        return settings[Setting] is not { } given || (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue)
            ? port
            : throw new RefusedException($"{Setting} is '{given}'; accepted: 0 (none) to {ushort.MaxValue}.");
    }

    private static HealthCheckOptions Checks(string tag) => new() { Predicate = check => check.Tags.Contains(tag), ResponseWriter = HealthAnswer.WriteAsync };
}
