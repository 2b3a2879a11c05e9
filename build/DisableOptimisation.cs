using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an assembly with each of its methods marked MethodImplOptions.NoOptimization. The metadata is changed in place, one
/// bit a method; the code stays as it is. Offsets and row sizes are those of ECMA-335, partition II, sections 24 and 25.
/// Compiled by MSBuild; see TorchSharpAssembly.targets. Never writes through an existing file: that may be a link to a package.
/// </summary>
public class DisableOptimisation : Task
{
    private const int NoOptimization = 0x40;
    private const int TypeRef = 1, TypeDef = 2, Field = 4, MethodDef = 6, Param = 8, ModuleRef = 26, TypeSpec = 27, AssemblyRef = 35;

    [Required]
    public string Source { get; set; } = "";

    [Required]
    public string Destination { get; set; } = "";

    public override bool Execute()
    {
        var image = File.ReadAllBytes(Source);
        var count = Mark(image, Tables(image));
        if (count == 0)
        {
            Log.LogError("{0} has no methods to mark: see build/TorchSharpAssembly.targets.", Source);
            return false;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(Destination));
        Directory.CreateDirectory(folder);
        var fresh = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllBytes(fresh, image);
        File.Delete(Destination);
        File.Move(fresh, Destination);
        Log.LogMessage(MessageImportance.Normal, "{0}: {1} methods will not be optimised", Path.GetFileName(Source), count);
        return true;
    }

    // Where the stream of tables starts: PE header, CLI header, metadata root.
    private static int Tables(byte[] image)
    {
        var header = Int32(image, 0x3c) + 24;
        var isWide = Int16(image, header) == 0x20b;
        var metadata = Offset(image, header, Int32(image, Offset(image, header, Int32(image, header + (isWide ? 224 : 208))) + 8));
        var stream = metadata + 16 + Int32(image, metadata + 12) + 4;
        while (Name(image, stream + 8) != "#~")
        {
            stream += 8 + ((Name(image, stream + 8).Length + 4) / 4 * 4);
        }

        return metadata + Int32(image, stream);
    }

    private static int Mark(byte[] image, int tables)
    {
        var rows = new int[64];
        var at = tables + 24;
        for (var table = 0; table < rows.Length; table++)
        {
            if ((BitConverter.ToInt64(image, tables + 8) >> table & 1) != 0)
            {
                rows[table] = Int32(image, at);
                at += 4;
            }
        }

        var text = (image[tables + 6] & 1) != 0 ? 4 : 2;
        var guid = (image[tables + 6] & 2) != 0 ? 4 : 2;
        var blob = (image[tables + 6] & 4) != 0 ? 4 : 2;
        var scope = Index(2, rows[0], rows[TypeRef], rows[ModuleRef], rows[AssemblyRef]);
        var parent = Index(2, rows[TypeDef], rows[TypeRef], rows[TypeSpec]);
        // Module, TypeRef, TypeDef and Field come before; the indirection tables 3 and 5 do not occur in compiled assemblies.
        at += rows[0] * (2 + text + (3 * guid));
        at += rows[TypeRef] * (scope + (2 * text));
        at += rows[TypeDef] * (4 + (2 * text) + parent + Index(0, rows[Field]) + Index(0, rows[MethodDef]));
        at += rows[Field] * (2 + text + blob);
        var size = 8 + text + blob + Index(0, rows[Param]);
        var count = 0;
        for (var method = 0; method < rows[MethodDef]; method++, at += size)
        {
            // Only methods with code of their own: not the declared ones of libraries and interfaces.
            if (Int32(image, at) != 0)
            {
                image[at + 4] |= NoOptimization;
                count++;
            }
        }

        return count;
    }

    private static int Index(int tagBits, params int[] rows) => Array.Exists(rows, r => r >= 1 << (16 - tagBits)) ? 4 : 2;

    // Position in the file of an address in memory, by the table of sections behind the optional header.
    private static int Offset(byte[] image, int header, int address)
    {
        for (var section = header + Int16(image, header - 4); ; section += 40)
        {
            var start = Int32(image, section + 12);
            if (address >= start && address < start + Int32(image, section + 16))
            {
                return address - start + Int32(image, section + 20);
            }
        }
    }

    private static string Name(byte[] image, int at) => Encoding.ASCII.GetString(image, at, Array.IndexOf(image, (byte)0, at) - at);

    private static int Int32(byte[] image, int at) => BitConverter.ToInt32(image, at);

    private static int Int16(byte[] image, int at) => BitConverter.ToUInt16(image, at);
}
