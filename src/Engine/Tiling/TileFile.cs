using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using Microsoft.Win32.SafeHandles;
using TorchSharp;

namespace DipPipeline.Engine.Tiling;

/// <summary>
/// A finished tile in a file: how its run went, and its pixels, planar, at 16 bits. The length of the run's JSON comes first, in four
/// bytes. 65,535 is a multiple of 255, so what was observed at 8 bits passes unchanged.
/// </summary>
internal sealed class TileFile : IDisposable
{
    private const int LengthBytes = sizeof(int), SampleBytes = sizeof(ushort), PieceSamples = 1 << 13;

    private static readonly JsonSerializerOptions s_json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly SafeFileHandle _file;
    private readonly TilePlan _plan;
    private readonly long _samples;

    private TileFile(SafeFileHandle file, TilePlan plan, TileRun run, long samples) =>
        (_file, _plan, Run, _samples) = (file, plan, run, samples);

    /// <summary>How it was made.</summary>
    public TileRun Run { get; }

    /// <param name="path">Where; atomically.</param>
    /// <param name="run">How it was made.</param>
    /// <param name="delivered">[1,C,H,W], clamped to 0..1; not owned.</param>
    public static void Write(string path, TileRun run, torch.Tensor delivered)
    {
        using var scope = torch.NewDisposeScope();
        var picture = delivered.detach().to(torch.float32).clamp(0, 1).cpu().contiguous();
        var json = JsonSerializer.SerializeToUtf8Bytes(run, s_json);
        AtomicFile.Write(path, file =>
        {
            var head = new byte[LengthBytes];
            BinaryPrimitives.WriteInt32LittleEndian(head, json.Length);
            file.Write(head);
            file.Write(json);
            // Piece by piece: an array of the whole tile would be garbage of many megabytes a tile.
            var samples = MemoryMarshal.Cast<byte, float>(picture.bytes);
            var piece = new ushort[PieceSamples];
            while (samples.Length > 0)
            {
                var count = Math.Min(samples.Length, piece.Length);
                for (var n = 0; n < count; n++)
                {
                    piece[n] = (ushort)MathF.Round(samples[n] * ushort.MaxValue);
                }

                file.Write(MemoryMarshal.AsBytes(piece.AsSpan(0, count)));
                samples = samples[count..];
            }
        });
    }

    /// <returns><see langword="null"/> where there is none, or none that is whole and of the plan.</returns>
    public static TileFile? Open(string path, TilePlan plan, int channels)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            var head = new byte[LengthBytes];
            if (RandomAccess.Read(file, head, 0) == LengthBytes && BinaryPrimitives.ReadInt32LittleEndian(head) is var json and > 0
                && length == LengthBytes + json + ((long)channels * plan.Width * plan.Height * SampleBytes))
            {
                var bytes = new byte[json];
                Fill(file, bytes, LengthBytes);
                if (JsonSerializer.Deserialize<TileRun>(bytes, s_json) is { } run)
                {
                    var opened = new TileFile(file, plan, run, LengthBytes + json);
                    file = null;
                    return opened;
                }
            }

            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException or EndOfStreamException)
        {
            return null; // The tile is made again.
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Rows of one channel, 0..65,535.</summary>
    public void Read(int channel, int top, Span<ushort> rows) =>
        Fill(_file, MemoryMarshal.AsBytes(rows), _samples + ((((long)channel * _plan.Height) + top) * _plan.Width * SampleBytes));

    public void Dispose() => _file.Dispose();

    private static void Fill(SafeFileHandle file, Span<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(file, bytes, at);
            if (read == 0)
            {
                throw new EndOfStreamException("A tile's file ends early.");
            }

            bytes = bytes[read..];
            at += read;
        }
    }
}

/// <summary>How a tile's run went.</summary>
internal sealed record TileRun(
    int Iterations, int ChosenIteration, string StoppedBy, double FirstEnergy, double LastEnergy, int Divergences, string? Warning,
    IReadOnlyList<CurvePoint> Curve);
