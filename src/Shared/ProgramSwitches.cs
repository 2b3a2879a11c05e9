namespace DipPipeline;

/// <summary>What a program is asked to do instead of its work. Compiled into each program that is a service.</summary>
/// <param name="Settings">The other arguments.</param>
/// <param name="Health"><c>--health</c> (<c>live</c>) or <c>--health=ready</c>: ask the one that runs here how it is, and end.</param>
/// <param name="Check"><c>--check</c>: say what is wrong with the settings, and end.</param>
internal sealed record ProgramSwitches(string[] Settings, string? Health, bool Check)
{
    private const string HealthSwitch = "--health";
    private const string CheckSwitch = "--check";

    public static ProgramSwitches Read(string[] args)
    {
        var health = Array.Find(args, IsHealth);
        return new([.. args.Where(a => !IsHealth(a) && a != CheckSwitch)], health is null ? null : health == HealthSwitch ? HealthProbe.Live : health[(HealthSwitch.Length + 1)..], args.Contains(CheckSwitch));
    }

    private static bool IsHealth(string argument) => argument == HealthSwitch || argument.StartsWith(HealthSwitch + "=", StringComparison.Ordinal);
}
