using System.Security.Cryptography;
using System.Text;
using DipPipeline.Contracts.Options;

namespace DipPipeline.Contracts.Jobs;

/// <summary>
/// The name of a job, derived from what determines its result: content of the picture and its companions, task,
/// plugin version, effective options and seed. The same work has the same id wherever and whenever it is asked for.
/// </summary>
public static class JobId
{
    /// <param name="pictureSha256">Lower-case hexadecimal SHA-256 of the picture's file.</param>
    /// <param name="companions">Name and SHA-256 of each companion; order does not matter.</param>
    /// <param name="task">The task's id.</param>
    /// <param name="pluginVersion">The plugin's version.</param>
    /// <param name="options">The effective options.</param>
    /// <param name="seed">The job's seed.</param>
    /// <returns>32 hexadecimal digits (128 bits of a SHA-256).</returns>
    public static string Derive(
        string pictureSha256, IEnumerable<KeyValuePair<string, string>> companions, string task, string pluginVersion, OptionSet options, long seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        var text = new StringBuilder()
            .Append("picture=").Append(pictureSha256).Append('\n')
            .Append("task=").Append(task).Append('@').Append(pluginVersion).Append('\n')
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"seed={seed}\n");
        foreach (var (name, sha256) in companions.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            text.Append("companion.").Append(name).Append('=').Append(sha256).Append('\n');
        }

        foreach (var (name, value) in options.Values.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            text.Append("option.").Append(name).Append('=').Append(value).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
