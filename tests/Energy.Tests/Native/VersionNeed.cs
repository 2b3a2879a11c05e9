using System.Buffers.Binary;
using System.Text;

namespace DipPipeline.Energy.Tests.Native;

/// <summary>Reads the symbol versions that a 64-bit ELF library needs, independently of the build task that changes them.</summary>
internal static class VersionNeed
{
    /// <summary>Name and whether its need is weak (VER_FLG_WEAK), of each version in the section .gnu.version_r.</summary>
    public static IReadOnlyDictionary<string, bool> Read(string path)
    {
        var elf = File.ReadAllBytes(path).AsSpan();
        var needs = new Dictionary<string, bool>();
        var headers = (int)BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        for (var i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]); i++)
        {
            var header = elf.Slice(headers + (64 * i), 64);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != 0x6FFFFFFE)
            {
                continue;
            }

            var strings = elf[(int)BinaryPrimitives.ReadInt64LittleEndian(elf[(headers + (64 * BinaryPrimitives.ReadInt32LittleEndian(header[40..])) + 24)..])..];
            var library = elf[(int)BinaryPrimitives.ReadInt64LittleEndian(header[24..])..];
            for (var libraries = BinaryPrimitives.ReadInt32LittleEndian(header[44..]); libraries > 0; libraries--)
            {
                var version = library[BinaryPrimitives.ReadInt32LittleEndian(library[8..])..];
                for (var versions = BinaryPrimitives.ReadUInt16LittleEndian(library[2..]); versions > 0; versions--)
                {
                    var name = strings[BinaryPrimitives.ReadInt32LittleEndian(version[8..])..];
                    needs[Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])] = (BinaryPrimitives.ReadUInt16LittleEndian(version[4..]) & 2) != 0;
                    version = version[BinaryPrimitives.ReadInt32LittleEndian(version[12..])..];
                }

                library = library[BinaryPrimitives.ReadInt32LittleEndian(library[12..])..];
            }
        }

        return needs;
    }
}
