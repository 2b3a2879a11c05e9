using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests.Native;

/// <summary>TorchSharp itself, mended by build/TorchSharpAssembly.targets so that its methods keep their arguments alive.</summary>
public sealed class TorchSharpAssemblyTests
{
    private const float Before = 2;

    private readonly Tensor _x = full([1 << 22], Before);

    // The number of the operation that may be in progress.
    private WeakReference? _number;

    [Fact]
    public void Methods_OfTheOutputFolder_AreAllMarkedAndThoseOfThePackageAreNot()
    {
        var mended = Methods(typeof(Tensor).Assembly.Location);
        var original = Methods(TorchSharpPackage.Assembly);

        Assert.Equal(original.Select(m => m.HasCode ? m with { Flags = m.Flags | MethodImplAttributes.NoOptimization } : m), mended);
        Assert.DoesNotContain(original, m => m.Flags.HasFlag(MethodImplAttributes.NoOptimization));
        Assert.Contains(mended, m => m.Name == "add_" && m.HasCode);
    }

    /// <summary>
    /// Calls a slow operation with a number that nobody else refers to, again and again, while this thread collects. That the last element
    /// is not computed yet tells that libtorch is still at work. Without the mending it takes until the runtime has optimised the method.
    /// </summary>
    [Fact]
    public void Number_OfAnOperationInProgress_IsNotCollected()
    {
        using var _ = no_grad();
        var (end, died, seen) = (Environment.TickCount64 + 4000, 0, 0);
        var calls = new Thread(() =>
        {
            while (Environment.TickCount64 < end && Volatile.Read(ref died) == 0)
            {
                _x.fill_(Before);
                Call();
                Volatile.Write(ref _number, null);
            }
        });
        calls.Start();
        while (calls.IsAlive)
        {
            if (Volatile.Read(ref _number) is not { } number)
            {
                continue;
            }

            GC.Collect();
            var isAlive = number.IsAlive;
            if (Last() == Before && ReferenceEquals(number, Volatile.Read(ref _number)))
            {
                seen++;
                Volatile.Write(ref died, died + (isAlive ? 0 : 1));
            }
        }

        _x.Dispose();
        Assert.Equal(0, died);
        Assert.True(seen > 0, "No collection fell into an operation.");
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Call()
    {
        var number = 1.5.ToScalar();
        Volatile.Write(ref _number, new WeakReference(number));
        _x.pow_(number);
    }

    private float Last() => Volatile.Read(ref MemoryMarshal.Cast<byte, float>(_x.bytes)[^1]);

    private static List<Method> Methods(string path)
    {
        using var image = new PEReader(File.OpenRead(path));
        var reader = image.GetMetadataReader();
        return [.. reader.MethodDefinitions.Select(reader.GetMethodDefinition)
            .Select(m => new Method(reader.GetString(m.Name), m.ImplAttributes, m.RelativeVirtualAddress != 0))];
    }

    private sealed record Method(string Name, MethodImplAttributes Flags, bool HasCode);
}
