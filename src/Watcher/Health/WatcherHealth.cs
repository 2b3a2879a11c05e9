using DipPipeline.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Watcher;

/// <summary>What a Watcher says of itself over HTTP. Every Watcher does, the one that leads and those that stand by.</summary>
public static class WatcherHealth
{
    internal const string Live = "watcher-live";
    internal const string Ready = "watcher-ready";

    /// <summary>Adds the Watcher's checks, with the tags <c>live</c> and <c>ready</c>, and what <see cref="MapBacklog"/> needs.</summary>
    public static IServiceCollection AddWatcherHealth(this IServiceCollection services)
    {
        services.AddSingleton(s => new CurrentBacklog(
            () => s.GetRequiredService<JobCatalogue>().BacklogAsync(s.GetRequiredService<WatcherStatus>().Unreadable), s.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks().AddCheck<LiveCheck>(Live, tags: [HealthProbe.Live]).AddCheck<ReadyCheck>(Ready, tags: [HealthProbe.Ready]);
        return services;
    }

    /// <summary>
    /// <c>GET /backlog</c>: a <see cref="Jobs.Queries.Backlog"/> as JSON, a second old at most; 503 and one sentence while the catalogue does
    /// not answer, or is not open yet.
    /// </summary>
    public static void MapBacklog(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/backlog", AnswerAsync);

    private static async Task<IResult> AnswerAsync(CurrentBacklog backlog, WatcherStatus status, CancellationToken cancellation)
    {
        if (status.Role == WatcherRole.Starting)
        {
            return Results.Text("The catalogue is not open yet.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        try
        {
            return Results.Json(await backlog.GetAsync(cancellation).ConfigureAwait(false));
        }
        // Whatever keeps the catalogue from answering is the answer.
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return Results.Text($"The catalogue does not answer: {e.GetBaseException().Message}", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
