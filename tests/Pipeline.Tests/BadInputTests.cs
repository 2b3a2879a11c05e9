using System.Buffers.Binary;
using DipPipeline.Jobs;
using OpenCvSharp;

namespace DipPipeline.Pipeline.Tests;

/// <summary>Everything wrong at once in a watched folder, with good pictures between.</summary>
public sealed class BadInputTests(Servers servers)
{
    [Fact]
    public async Task BadAndGoodTogether_EachBadOneIsRejectedWithItsSentence_TheGoodOnesAreDone()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.LikeAnyUser = true;
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
        using var photo = Cv2.ImRead(farm.InWatch("nothing/whole.png"));
        var jpeg = photo.ImEncode(".jpg");
        await File.WriteAllBytesAsync(farm.InWatch("nothing/entire.jpg"), jpeg, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(farm.InWatch("nothing/halved.jpg"), jpeg[..(jpeg.Length / 2)], TestContext.Current.CancellationToken);
        farm.Drop("locked.png", 8);
        File.SetUnixFileMode(farm.InWatch("nothing/locked.png"), UnixFileMode.None);

        farm.StartWatcher();
        farm.StartHost("one");
        var jobs = (await farm.UntilDoneAsync(14)).ToDictionary(j => j.Path["nothing/".Length..]);

        Assert.All((string[])["good.png", cyrillic, ascii, "Case.png", "case.png", "whole.png", "entire.jpg"], name => Assert.Equal((name, JobState.Completed, null), (name, jobs[name].State, jobs[name].Reason)));
        Rejected("empty.png", "is empty");
        Rejected("text.png", "PNG");
        Rejected("cut.png", "cut off");
        Rejected("halved.jpg", "cut off");
        Rejected("locked.png", "may not read it");
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

    [Fact]
    public async Task MasksThatAreMissingOrOfAnotherSize_AreRejectedWithTheirSentence_TheGoodOneIsDone()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Install("plugins/Inpainting");
        farm.OptionsOf("inpaint", "fast", ("iterations", "2"));
        farm.Drop("good.mask.png", 1, task: "inpaint");
        farm.Drop("good.png", 2, task: "inpaint");
        farm.Drop("other.mask.png", 3, size: 24, task: "inpaint");
        farm.Drop("other.png", 4, task: "inpaint");
        farm.Drop("bare.png", 5, task: "inpaint");

        farm.StartWatcher();
        farm.StartHost("one");
        var jobs = (await farm.UntilDoneAsync(3)).ToDictionary(j => j.Path, j => (j.State, j.Reason));

        Assert.Equal((JobState.Completed, null), jobs["inpaint/good.png"]);
        Assert.Equal((JobState.Rejected, "'inpaint/other.mask.png' is 24×24 pixels but its picture is 32×32; a mask of the picture's size would be accepted."), jobs["inpaint/other.png"]);
        Assert.Equal((JobState.Rejected, "'inpaint/bare.png' has no mask; put 'bare.mask.png' beside it, or give a picture with an alpha channel."), jobs["inpaint/bare.png"]);
        await farm.AssertNothingAsideAsync();
    }

    [Fact]
    public async Task APictureThatOnlyTheHostMayNotRead_IsRejectedWithItsSentence_TheOtherIsDone()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.LikeAnyUser = true;
        farm.Options("once");
        farm.Drop("good.png", 1);
        farm.Drop("locked.png", 2);
        farm.StartWatcher();
        await farm.UntilAsync(all => all.Count == 2 && all.All(j => j.State == JobState.Queued), "both are entered");

        File.SetUnixFileMode(farm.InWatch("nothing/locked.png"), UnixFileMode.None);
        farm.StartHost("one");
        var jobs = (await farm.UntilDoneAsync(2)).ToDictionary(j => j.Path, j => (j.State, j.Reason));

        Assert.Equal((JobState.Completed, null), jobs["nothing/good.png"]);
        Assert.Equal((JobState.Rejected, "'nothing/locked.png' may not be read by the Host; a readable file would be accepted."), jobs["nothing/locked.png"]);
        await farm.AssertNothingAsideAsync();
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
