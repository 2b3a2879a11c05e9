using System.Buffers.Binary;
using DipPipeline.Jobs;

namespace DipPipeline.Pipeline.Tests;

/// <summary>Everything wrong at once in a watched folder, with good pictures between.</summary>
public sealed class BadInputTests(Servers servers)
{
    [Fact]
    public async Task BadAndGoodTogether_EachBadOneIsRejectedWithItsSentence_TheGoodOnesAreDone()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        var cyrillic = $"снимок {new string('я', 60)} 1.png";
        var ascii = $"{new string('a', 190)} b.png";
        farm.Drop("good.png", 1);
        farm.Drop(cyrillic, 2);
        farm.Drop(ascii, 3);
        farm.Drop("Case.png", 4);
        farm.Drop("case.png", 5);
        farm.Write("nothing/empty.png", "");
        farm.Write("nothing/text.png", "this is no picture");
        farm.Write("nothing/options.png", "replaced below");
        Farm.Draw(farm.InWatch("nothing/options.png"), 6);
        farm.Write("nothing/options.options.json", """{ "options": { "iteration": 5 } }""");
        Directory.CreateDirectory(farm.InWatch("nothing/folder.png"));
        Farm.Draw(farm.InWatch("nothing/whole.png"), 7, 64);
        var bytes = await File.ReadAllBytesAsync(farm.InWatch("nothing/whole.png"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(farm.InWatch("nothing/cut.png"), bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(farm.InWatch("nothing/huge.png"), HugeHeader(bytes), TestContext.Current.CancellationToken);

        farm.StartWatcher();
        farm.StartHost("one");
        var jobs = (await farm.UntilDoneAsync(11)).ToDictionary(j => j.Path["nothing/".Length..]);

        Assert.All((string[])["good.png", cyrillic, ascii, "Case.png", "case.png", "whole.png"], name => Assert.Equal((name, JobState.Completed, null), (name, jobs[name].State, jobs[name].Reason)));
        Rejected("empty.png", "is empty");
        Rejected("text.png", "PNG");
        Rejected("cut.png", "cut off");
        Rejected("huge.png", "40000×40000");
        Rejected("options.png", "'iteration'");
        Assert.DoesNotContain("folder.png", jobs.Keys);
        await farm.AssertNothingAsideAsync();

        void Rejected(string name, string reason)
        {
            Assert.Equal((name, JobState.Rejected), (name, jobs[name].State));
            Assert.Contains(reason, jobs[name].Reason, StringComparison.Ordinal);
            Assert.Contains(name.Split('.')[0], jobs[name].Reason, StringComparison.Ordinal);
        }
    }

    /// <summary>The same file, saying that it is 40,000 pixels wide and high.</summary>
    private static byte[] HugeHeader(byte[] png)
    {
        byte[] huge = [.. png];
        BinaryPrimitives.WriteInt32BigEndian(huge.AsSpan(16), 40_000);
        BinaryPrimitives.WriteInt32BigEndian(huge.AsSpan(20), 40_000);
        var crc = Crc32(huge.AsSpan(12, 17));
        BinaryPrimitives.WriteUInt32BigEndian(huge.AsSpan(29), crc);
        return huge;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
