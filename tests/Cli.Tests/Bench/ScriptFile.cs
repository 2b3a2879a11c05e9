using System.Diagnostics;

namespace DipPipeline.Cli.Tests.Bench;

/// <summary>A shell script in the place of a program that the machine may not have.</summary>
internal static class ScriptFile
{
    public static string Write(string folder, string name, string body)
    {
        var path = Path.Join(folder, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{body}\n");
        using var chmod = Process.Start("chmod", ["+x", path]);
        chmod.WaitForExit();
        return path;
    }
}
