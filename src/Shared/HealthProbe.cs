using System.Globalization;
using DipPipeline.Contracts;
using Microsoft.Extensions.Configuration;

namespace DipPipeline;

/// <summary>Asks the service of this machine how it is, as a container's health check does where there is no other program to ask with.</summary>
internal static class HealthProbe
{
    public const string Live = "live";
    public const string Ready = "ready";

    // More than the checks take themselves before they give up waiting for a device or the catalogue, 5 s.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    /// <param name="settings">Where <c>Health:Port</c> is that of the service.</param>
    /// <param name="what"><see cref="Live"/> or <see cref="Ready"/>.</param>
    /// <param name="words">Gets the answer.</param>
    /// <returns>0 where it is well, else 1.</returns>
    /// <exception cref="RefusedException">The service is not to be asked, or not so.</exception>
    public static async Task<int> AskAsync(IConfiguration settings, string what, TextWriter words)
    {
        var given = settings[$"{HealthOptions.Section}:{nameof(HealthOptions.Port)}"];
        if (!int.TryParse(given ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > ushort.MaxValue)
        {
            throw new RefusedException($"Health:Port is '{given ?? "0"}', where nothing answers; accepted: the port of the service to ask, 1 to {ushort.MaxValue}.");
        }

        if (what is not (Live or Ready))
        {
            throw new RefusedException($"'--health={what}' is nothing to ask; accepted: --health, --health={Live}, --health={Ready}.");
        }

        using var client = new HttpClient { Timeout = s_patience };
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/health/{what}")).ConfigureAwait(false);
            await words.WriteLineAsync(await answer.Content.ReadAsStringAsync().ConfigureAwait(false)).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await words.WriteLineAsync($"Nothing answers on port {port}: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
