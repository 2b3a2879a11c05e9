namespace DipPipeline.Cli.Tests;

/// <summary>A shell script in the place of a program that the machine may not have.</summary>
internal static class ScriptFile
{
    public static string Write(string folder, string name, string body)
    {
        var path = Path.Join(Directory.CreateDirectory(folder).FullName, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
