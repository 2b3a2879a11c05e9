using System.Text.RegularExpressions;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Restore;

/// <summary>The spelling of <c>--device</c>; whether the machine has such a device is the engine's to say.</summary>
internal static partial class DeviceName
{
    public const string Auto = "auto";

    /// <exception cref="RefusedException">It is none of auto, cpu, cuda, cuda:N.</exception>
    public static string Check(string given) => Accepted().IsMatch(given)
        ? given
        : throw new RefusedException($"Unknown device '{given}'; accepted: auto, cpu, or a CUDA device such as cuda:0.");

    [GeneratedRegex("^(auto|cpu|cuda|cuda:(0|[1-9][0-9]?))$")]
    private static partial Regex Accepted();
}
