using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace DipPipeline.Cli.Bench;

/// <summary>
/// A GPU's memory by process, as its driver tells it (<c>nvidia-smi</c>): the context and all that an allocator keeps included, the same
/// measure for every engine. libtorch gives nothing back while it runs, so what is held at the end is the peak.
/// </summary>
internal static class DriverMemory
{
    /// <returns><see langword="null"/> where there is no such driver, or it does not count this process.</returns>
    public static long? Bytes(int process, string command = "nvidia-smi")
    {
        try
        {
            using var driver = Process.Start(new ProcessStartInfo(command, ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _ = driver.StandardError.ReadToEndAsync();
            var lines = driver.StandardOutput.ReadToEnd().Split('\n');
            driver.WaitForExit();
            return lines.Select(line => line.Split(',', StringSplitOptions.TrimEntries)).Where(line => line.Length == 2)
                .Where(line => line[0] == process.ToString(CultureInfo.InvariantCulture) && long.TryParse(line[1], out _))
                .Select(line => (long?)(long.Parse(line[1], CultureInfo.InvariantCulture) << 20)).FirstOrDefault();
        }
        catch (Win32Exception)
        {
            return null; // Not installed.
        }
    }
}
