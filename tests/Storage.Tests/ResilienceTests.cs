using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DipPipeline.Storage.Tests;

/// <summary>The pipelines as the programs register them, around a real folder.</summary>
public sealed class ResilienceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-resilience-").FullName;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_FailsForAWhile_IsTriedAgainAndSucceeds()
    {
        var store = CreateSut().Results;
        var attempts = 0;

        await store.WriteAsync("a.bin", s =>
        {
            if (++attempts < 3)
            {
                throw new IOException("not now");
            }

            s.WriteByte(1);
        }, Now);

        Assert.Equal(3, attempts);
        Assert.Equal(1, (await store.FindAsync("a.bin", Now))!.Length);
    }

    [Fact]
    public async Task Write_StaysAway_SaysStorageUnavailableAndWhich()
    {
        var attempts = 0;

        var away = await Assert.ThrowsAsync<StorageUnavailableException>(() => CreateSut().Results.WriteAsync("a/b.bin", _ =>
        {
            attempts++;
            throw new IOException("the server is away");
        }, Now));

        Assert.Equal(4, attempts);
        Assert.Equal(Path.Join(_folder, "restored/a/b.bin"), away.Place);
        Assert.Contains("the server is away", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_FailsHalfWay_IsReadAgainFromTheFirstByte()
    {
        File.WriteAllBytes(Path.Join(Directory.CreateDirectory(Path.Join(_folder, "watch")).FullName, "a.bin"), [1, 2, 3]);
        List<int> first = [];

        await CreateSut().Inputs.ReadAsync("a.bin", s =>
        {
            first.Add(s.ReadByte());
            if (first.Count < 3)
            {
                throw new IOException("stale file handle");
            }
        }, Now);

        Assert.Equal([1, 1, 1], first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_MayNotBeRead_IsTriedAgainInTheResultsOnly(bool isOfResults)
    {
        var storage = CreateSut();
        var (store, folder) = isOfResults ? (storage.Results, "restored") : (storage.Inputs, "watch");
        File.WriteAllBytes(Path.Join(_folder, folder, "a.bin"), [1]);
        var attempts = 0;

        var refused = await Record.ExceptionAsync(() => store.ReadAsync("a.bin", _ =>
        {
            attempts++;
            throw new UnauthorizedAccessException("permission denied");
        }, Now));

        Assert.Equal(isOfResults ? (4, typeof(StorageUnavailableException)) : (1, typeof(UnauthorizedAccessException)), (attempts, refused!.GetType()));
    }

    [Theory]
    [InlineData(false, "storage-inputs")]
    [InlineData(true, "storage-results")]
    public async Task Retry_IsMeasured_UnderThePipelinesName(bool isOfResults, string pipeline)
    {
        List<string> measured = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "Polly", Name: "resilience.polly.strategy.events" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) =>
        {
            lock (measured)
            {
                measured.Add($"{Tag(tags, "pipeline.name")} {Tag(tags, "strategy.name")} {Tag(tags, "event.name")} {Tag(tags, "exception.type")}");
            }
        });
        listener.Start();
        var storage = CreateSut();
        var (store, folder) = isOfResults ? (storage.Results, "restored") : (storage.Inputs, "watch");
        File.WriteAllBytes(Path.Join(_folder, folder, "a.bin"), [1]);
        var attempts = 0;

        await store.ReadAsync("a.bin", _ =>
        {
            if (++attempts < 3)
            {
                throw new IOException("not now");
            }
        }, Now);

        Assert.Equal(2, measured.Count(m => m == $"{pipeline} Retry OnRetry System.IO.IOException"));

        static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
        {
            foreach (var (key, value) in tags)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return null;
        }
    }

    [Fact]
    public async Task Read_NoSuchFile_IsNotTriedAgain()
    {
        // With the delay of a retry this would take an hour.
        var store = CreateSut(("Storage:RetryDelay", "00:01:00")).Inputs;
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.ReadAsync("none.png", _ => { }, Now));
    }

    [Fact]
    public async Task Write_AnErrorOfTheContent_IsNotTriedAgain()
    {
        var attempts = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => CreateSut().Results.WriteAsync("a.bin", _ =>
        {
            attempts++;
            throw new InvalidOperationException();
        }, Now));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task Write_AnAttemptThatHangs_IsCutOffAndTriedAgain()
    {
        var attempts = 0;
        using var release = new ManualResetEventSlim();

        await CreateSut(("Storage:AttemptTimeout", "00:00:01")).Results.WriteAsync("a.bin", s =>
        {
            if (Interlocked.Increment(ref attempts) == 1)
            {
                release.Wait(TimeSpan.FromSeconds(30));
                throw new IOException("too late");
            }

            s.WriteByte(1);
        }, Now);
        release.Set();

        Assert.Equal(2, attempts);
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedAllAtOnce()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => CreateSut(("Storage:Retries", "-1"), ("Storage:Inputs", "")));
        Assert.Equal(2, refused.Failures.Count());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PipelineStorage CreateSut(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Inputs"] = Path.Join(_folder, "watch"),
            ["Storage:Results"] = Path.Join(_folder, "restored"),
            ["Storage:Retries"] = "3",
            ["Storage:RetryDelay"] = "00:00:00.001",
        }.Concat(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).GroupBy(p => p.Key).Select(g => g.Last())).Build();
        return new ServiceCollection().AddLogging().AddStorage(configuration).BuildServiceProvider().GetRequiredService<PipelineStorage>();
    }
}
