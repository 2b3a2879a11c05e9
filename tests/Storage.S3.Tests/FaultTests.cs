using System.Text;
using DipPipeline.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Storage.S3.Tests;

/// <summary>The storage as the programs have it, on the way to a server that fails.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private readonly string _prefix = $"faults-{Guid.NewGuid():N}";
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public static TheoryData<Fault> Passing => [Fault.SlowDown, Fault.BadGateway, Fault.CutInRequest, Fault.AnswerLost, Fault.CutInAnswer, Fault.Silence];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task EveryRequest_FailsOnce_NothingIsLost(Fault fault)
    {
        var (storage, proxy, server) = await CreateSut(isConditional: true, ("Storage:AttemptTimeout", fault == Fault.Silence ? "00:00:02" : "00:00:30"));
        var store = storage.Results;
        var large = new byte[12 << 20];
        new Random(1).NextBytes(large);
        proxy.Plan = FaultProxy.Once(fault);

        await store.WriteAsync("album/large.bin", s => s.Write(large), Now);
        await store.WriteAsync("album/small.bin", s => s.Write("small"u8), Now);
        await store.WriteVolatileAsync("album/mark.json", "{}"u8.ToArray(), Now);
        var (whole, seen) = (Array.Empty<byte>(), 0);
        await store.ReadAsync(
            "album/large.bin",
            s =>
            {
                using var bytes = new MemoryStream();
                s.CopyTo(bytes);
                (whole, seen) = (bytes.ToArray(), seen + 1);
            },
            Now);

        Assert.Equal(large, whole);
        Assert.Equal(1, seen);
        Assert.Equal(large[100..300], await store.ReadAsync("album/large.bin", 100, 200, Now));
        Assert.Equal("small"u8.ToArray(), await store.ReadAsync("album/small.bin", Now));
        Assert.Equal(2, (await store.FindAsync("album/mark.json", Now))!.Length);
        Assert.Null(await store.FindAsync("album/none.json", Now));
        Assert.Equal(3, (await store.ListAsync("album", Now)).Files.Count);
        Assert.Equal(["album"], (await store.FoldersAsync("folders", Now)).Select(f => f.Name).Append("album"));
        Assert.False(await store.IsEmptyAsync(Now));
        await store.DeleteAsync("album/mark.json", Now);
        await store.DeleteFolderAsync("album", Now);
        Assert.Empty(await server.KeysAsync($"{_prefix}/album"));
        // Of one whose beginning was not answered nobody knows; that is what the bucket's rule for unfinished uploads is for.
        Assert.Equal(fault is Fault.AnswerLost or Fault.CutInAnswer ? 1 : 0, server.UnfinishedUploads(_prefix));
        Assert.True(proxy.Requests.Count > 20, $"{proxy.Requests.Count} requests: hardly any failed.");
    }

    [Theory]
    [InlineData(false, Fault.AnswerLost)]
    [InlineData(true, Fault.AnswerLost)]
    [InlineData(false, Fault.CutInRequest)]
    [InlineData(true, Fault.SlowDown)]
    public async Task TryCreate_EveryRequestFailsOnce_IsTheirsWhoseFileStands(bool isConditional, Fault fault)
    {
        var (storage, proxy, _) = await CreateSut(isConditional);
        proxy.Plan = FaultProxy.Once(fault);

        Assert.True(await storage.Results.TryCreateAsync("claims/one.json", "mine"u8.ToArray(), Now));
        Assert.False(await storage.Results.TryCreateAsync("claims/one.json", "another's"u8.ToArray(), Now));
        Assert.Equal("mine"u8.ToArray(), await storage.Results.ReadAsync("claims/one.json", Now));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryCreate_ManyAtOnceOverABadNetwork_OneHasIt(bool isConditional)
    {
        var (storage, proxy, _) = await CreateSut(isConditional);
        var count = 0;
        Fault[] faults = [Fault.SlowDown, Fault.AnswerLost, Fault.CutInRequest, Fault.CutInAnswer];
        proxy.Plan = _ => Interlocked.Increment(ref count) is var n && n % 7 == 0 ? faults[n / 7 % faults.Length] : Fault.None;
        for (var round = 0; round < 5; round++)
        {
            var path = $"claims/{round}.json";
            var wins = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => storage.Results.TryCreateAsync(path, Encoding.UTF8.GetBytes($"{n}"), Now)));

            Assert.Single(wins, won => won);
            Assert.Equal($"{Array.IndexOf(wins, true)}", Encoding.UTF8.GetString((await storage.Results.ReadAsync(path, Now))!));
        }
    }

    [Theory]
    [InlineData(Fault.SlowDown, "SlowDown")]
    [InlineData(Fault.BadGateway, "502")]
    [InlineData(Fault.AnswerLost, "")]
    [InlineData(Fault.CutInRequest, "")]
    public async Task Write_TheServerStaysAway_SaysSoAfterItsRetriesAndNoMore(Fault fault, string reason)
    {
        var (storage, proxy, _) = await CreateSut(isConditional: true, ("Storage:Retries", "3"));
        proxy.Plan = _ => fault;

        var away = await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.Results.WriteVolatileAsync("a.json", "{}"u8.ToArray(), Now));

        Assert.Equal($"s3://test/{_prefix}/a.json", away.Place);
        Assert.Contains(reason, away.Message, StringComparison.Ordinal);
        // The SDK's own tries would multiply them.
        Assert.Equal(4, proxy.Requests.Count);
    }

    [Theory]
    [InlineData(Fault.Forbidden, false, typeof(StorageRefusedException))]
    [InlineData(Fault.Forbidden, true, typeof(StorageUnavailableException))]
    [InlineData(Fault.BadRequest, false, typeof(StorageUnavailableException))]
    [InlineData(Fault.BadRequest, true, typeof(StorageUnavailableException))]
    [InlineData(Fault.None, false, typeof(FileNotFoundException))]
    public async Task Read_AnAnswerThatIsFinal_IsNotAskedAgain(Fault fault, bool isOfResults, Type expected)
    {
        var (storage, proxy, _) = await CreateSut(isConditional: true);
        proxy.Plan = _ => fault;

        var refused = await Record.ExceptionAsync(() => (isOfResults ? storage.Results : storage.Inputs).ReadAsync("none.png", _ => { }, Now));

        Assert.IsType(expected, refused);
        Assert.Contains($"s3://test/{_prefix}", refused.Message, StringComparison.Ordinal);
        Assert.Single(proxy.Requests);
    }

    [Fact]
    public async Task Read_TheServerStopsSending_IsCutOffAndReadAgain()
    {
        var (storage, proxy, server) = await CreateSut(isConditional: true);
        await storage.Results.WriteAsync("a.bin", s => s.Write(new byte[100_000]), Now);
        proxy.Plan = FaultProxy.Once(Fault.CutInAnswer);
        List<long> lengths = [];

        await storage.Results.ReadAsync("a.bin", s =>
        {
            lengths.Add(0);
            var buffer = new byte[8192];
            for (int read; (read = s.Read(buffer)) > 0;)
            {
                lengths[^1] += read;
            }
        }, Now);

        Assert.Equal(100_000, lengths[^1]);
        Assert.Equal(2, proxy.Requests.Count(r => r.StartsWith("GET", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Read_APartOfALargeObject_HasThatPartSentAlone()
    {
        var (storage, proxy, _) = await CreateSut(isConditional: true);
        await storage.Inputs.WriteAsync("large.bin", s => s.Write(new byte[3_000_000]), Now);
        var before = proxy.BytesSent;

        Assert.Equal(1000, (await storage.Inputs.ReadAsync("large.bin", 2_000_000, 1000, Now))!.Length);

        Assert.Equal(1000, proxy.BytesSent - before);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(100_000, 1000)]
    [InlineData(199_900, 1000)]
    [InlineData(200_001, 10)]
    public async Task Read_APart_OfAServerThatKnowsNoRanges_IsThatPart(int offset, int count)
    {
        var (storage, proxy, _) = await CreateSut(isConditional: true);
        var all = new byte[200_000];
        new Random(1).NextBytes(all);
        await storage.Inputs.WriteAsync("large.bin", s => s.Write(all), Now);
        proxy.Plan = _ => Fault.WholeObject;

        Assert.Equal(all.Skip(offset).Take(count), await storage.Inputs.ReadAsync("large.bin", offset, count, Now));
    }

    [Fact]
    public async Task Bucket_ThatDoesNotExist_IsEmptyAndUnavailable()
    {
        var (storage, _, _) = await CreateSut(isConditional: true, ("Storage:Results", "s3://no-such-bucket/results"));

        Assert.True(await storage.Results.IsEmptyAsync(Now));
        Assert.False(await storage.Results.HasFilesAsync(Now));
        var away = await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.Results.ReadAsync("a.json", Now));
        Assert.Contains("NoSuchBucket", away.Message, StringComparison.Ordinal);
    }

    private async Task<(PipelineStorage Storage, FaultProxy Proxy, S3Server Server)> CreateSut(bool isConditional, params (string Name, string Value)[] settings)
    {
        var server = await S3Server.GetAsync(isConditional);
        var proxy = await FaultProxy.StartAsync(server);
        _open.Add(proxy);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Inputs"] = $"s3://test/{_prefix}",
            ["Storage:Results"] = $"s3://test/{_prefix}/",
            ["Storage:Retries"] = "20",
            ["Storage:RetryDelay"] = "00:00:00.001",
            ["Storage:AttemptTimeout"] = "00:00:05",
            ["Storage:S3:Endpoint"] = proxy.Endpoint.ToString(),
            ["Storage:S3:PartBytes"] = $"{5 << 20}",
        }.Concat(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).GroupBy(p => p.Key).Select(g => g.Last())).Build();
        var services = new ServiceCollection().AddLogging().AddStorage(configuration).AddS3Storage(configuration).BuildServiceProvider();
        _open.Add(services);
        return (services.GetRequiredService<PipelineStorage>(), proxy, server);
    }
}
