using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using DipPipeline.Tests.Servers;

[assembly: AssemblyFixture(typeof(S3ServerEnd))]

namespace DipPipeline.Tests.Servers;

/// <summary>
/// An S3 server of the test process's own (<c>s3.js</c>), one with conditional writes and one without, each started when it is first asked
/// for: a folder among the temporary ones, a free port of this machine. It ends with the process, however that ends. Tests take prefixes
/// of their own in its bucket.
/// </summary>
internal sealed class S3Server
{
    public const string Bucket = "test";

    /// <summary>The server knows these alone; it compares the first.</summary>
    public const string AccessKey = "S3RVER";

    private static readonly Lazy<Task<S3Server>> Plain = new(() => StartAsync(isConditional: false));
    private static readonly Lazy<Task<S3Server>> Conditional = new(() => StartAsync(isConditional: true));

    private readonly Process _process;
    private readonly string _folder;

    private S3Server(int port, Process process, string folder) => (Port, _process, _folder) = (port, process, folder);

    public int Port { get; }

    public Uri Endpoint => EndpointAt(Port);

    /// <summary>Uploads in parts below a prefix that were begun, and neither joined nor aborted.</summary>
    public int UnfinishedUploads(string prefix)
    {
        var folder = Path.Join(_folder, "buckets", Bucket, "._S3rver_uploads");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "key", SearchOption.AllDirectories).Count(file => File.ReadAllText(file).StartsWith(prefix, StringComparison.Ordinal)) : 0;
    }

    /// <summary>Where it is not installed, the test is skipped.</summary>
    public static Task<S3Server> GetAsync(bool isConditional)
    {
        Assert.SkipWhen(Modules() is null, "S3 server is not installed; ./test installs it.");
        // By the SDK's own chain, as programs get them; those that tests start inherit them.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", AccessKey);
        return (isConditional ? Conditional : Plain).Value;
    }

    public static Uri EndpointAt(int port) => new($"http://127.0.0.1:{port}");

    /// <summary>A client of the test's own, that tries nothing again.</summary>
    public AmazonS3Client Client() => new(new BasicAWSCredentials(AccessKey, AccessKey), new AmazonS3Config { ServiceURL = Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED });

    /// <summary>Every key below a prefix.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync(string prefix)
    {
        using var client = Client();
        var keys = new List<string>();
        await foreach (var found in client.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket, Prefix = prefix }).S3Objects)
        {
            keys.Add(found.Key);
        }

        return keys;
    }

    private static async Task<S3Server> StartAsync(bool isConditional)
    {
        var folder = Directory.CreateTempSubdirectory("dip-s3-").FullName;
        var port = FreePort.Next();
        // Its continuation tokens are encrypted with DES, which OpenSSL 3 has among its legacy algorithms only.
        var process = Process.Start(new ProcessStartInfo(
            "node",
            ["--openssl-legacy-provider", Path.Join(AppContext.BaseDirectory, "s3.js"), Modules()!, folder, port.ToString(CultureInfo.InvariantCulture), .. isConditional ? ["conditional"] : Array.Empty<string>()])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return await process.StandardOutput.ReadLineAsync() is "ready"
            ? new(port, process, folder)
            : throw new InvalidOperationException("The S3 server did not start; what it said stands above.");
    }

    /// <summary>Stops those that were started.</summary>
    internal static async Task StopAsync()
    {
        foreach (var server in new[] { Plain, Conditional }.Where(s => s.IsValueCreated))
        {
            // It removes thousands of files in its own time.
            (await server.Value)._process.StandardInput.Close();
        }
    }

    /// <summary>Where ./test puts it.</summary>
    private static string? Modules()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Join(folder, "artifacts/s3rver/node_modules") is var modules && Directory.Exists(Path.Join(modules, "s3rver")))
            {
                return modules;
            }
        }

        return null;
    }
}

/// <summary>The test framework disposes of it after the last test.</summary>
public sealed class S3ServerEnd : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await S3Server.StopAsync();
}
