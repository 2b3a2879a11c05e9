using System.Globalization;
using DipPipeline.Contracts;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Host;

/// <summary>Serves <c>/health/live</c> and <c>/health/ready</c> on <c>Health:Port</c> (default 0: none is served, no port is opened).</summary>
internal static class HealthPort
{
    private const string Setting = "Health:Port";

    /// <param name="args">The program's arguments: settings among them as <c>--Host:Slots=2</c>.</param>
    public static IHostApplicationBuilder CreateBuilder(string[] args)
    {
        // Asked before there is a builder, since the answer decides which one.
        var given = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build()[Setting];
        var port = 0;
        if (given is not null && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue))
        {
            throw new RefusedException($"{Setting} is '{given}'; accepted: 0 (none) to {ushort.MaxValue}.");
        }

        if (port == 0)
        {
            return Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));
        return builder;
    }

    public static IHost Build(IHostApplicationBuilder builder)
    {
        if (builder is HostApplicationBuilder plain)
        {
            return plain.Build();
        }

        var app = ((WebApplicationBuilder)builder).Build();
        app.MapHealthChecks("/health/live", Checks(HostServices.LiveTag));
        app.MapHealthChecks("/health/ready", Checks(HostServices.ReadyTag));
        return app;
    }

    private static HealthCheckOptions Checks(string tag) => new() { Predicate = check => check.Tags.Contains(tag), ResponseWriter = WriteAsync };

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(e => e.Key, e => new { status = e.Value.Status.ToString(), e.Value.Description }),
    });
}
