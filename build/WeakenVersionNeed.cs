using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit ELF library with one symbol version marked as weakly needed (VER_FLG_WEAK in its .gnu.version_r section), so
/// that the loader accepts a system library without that version. A library that does not name the version is copied as it is.
/// Compiled by MSBuild; see TorchSharpNative.targets. Never writes through an existing file: that may be a link to a package.
/// </summary>
public class WeakenVersionNeed : Task
{
    private const uint SectionIsVersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    [Required]
    public string Source { get; set; } = "";

    [Required]
    public string Destination { get; set; } = "";

    /// <summary>Such as GLIBCXX_3.4.32.</summary>
    [Required]
    public string VersionName { get; set; } = "";

    public override bool Execute()
    {
        var image = File.ReadAllBytes(Source);
        var found = Mark(image, VersionName + "\0");
        var folder = Path.GetDirectoryName(Path.GetFullPath(Destination));
        Directory.CreateDirectory(folder);
        var fresh = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllBytes(fresh, image);
        File.Delete(Destination);
        File.Move(fresh, Destination);
        Log.LogMessage(MessageImportance.Normal, "{0} {1} {2}", Path.GetFileName(Source), found ? "now needs weakly" : "does not need", VersionName);
        return true;
    }

    // Offsets below are those of Elf64_Ehdr, Elf64_Shdr, Elf64_Verneed and Elf64_Vernaux in the System V ABI and the LSB.
    private static bool Mark(byte[] elf, string version)
    {
        if (elf.Length < 64 || BitConverter.ToUInt32(elf, 0) != 0x464c457f || elf[4] != 2 || elf[5] != 1)
        {
            return false;
        }

        var (sections, size, count) = (BitConverter.ToInt64(elf, 40), BitConverter.ToUInt16(elf, 58), BitConverter.ToUInt16(elf, 60));
        var found = false;
        for (var i = 0; i < count; i++)
        {
            var header = (int)sections + (i * size);
            if (BitConverter.ToUInt32(elf, header + 4) == SectionIsVersionNeeds)
            {
                var names = (int)BitConverter.ToInt64(elf, (int)sections + (BitConverter.ToInt32(elf, header + 40) * size) + 24);
                found |= MarkIn(elf, (int)BitConverter.ToInt64(elf, header + 24), names, version);
            }
        }

        return found;
    }

    private static bool MarkIn(byte[] elf, int need, int names, string version)
    {
        var found = false;
        while (true)
        {
            var entry = need + BitConverter.ToInt32(elf, need + 8);
            for (var left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                if (Encoding.ASCII.GetString(elf, names + BitConverter.ToInt32(elf, entry + 8), version.Length) == version)
                {
                    elf[entry + 4] |= (byte)Weak;
                    found = true;
                }

                entry += BitConverter.ToInt32(elf, entry + 12);
            }

            var next = BitConverter.ToInt32(elf, need + 12);
            if (next == 0)
            {
                return found;
            }

            need += next;
        }
    }
}
