using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Deployment.Tests.Containers;

public sealed class SecretsTests : IDisposable
{
    private readonly string _folder = Path.Join(Path.GetTempPath(), $"dip-secrets-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task MakeSecrets_NeverOverwrites_AndLetsNobodyElseIn()
    {
        await Repository.OutputAsync("docker/make-secrets", _folder);
        var password = await File.ReadAllTextAsync(Path.Join(_folder, "postgres_password"), TestContext.Current.CancellationToken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal($"Host=postgres;Port=5432;Database=dip;Username=dip;Password={password}", await File.ReadAllTextAsync(Path.Join(_folder, "Jobs__ConnectionString"), TestContext.Current.CancellationToken));
        Assert.True(password.Length >= 32, password);
        var store = await File.ReadAllTextAsync(Path.Join(_folder, "s3_password"), TestContext.Current.CancellationToken);
        Assert.Equal($"[default]\naws_access_key_id = dip\naws_secret_access_key = {store}\n", await File.ReadAllTextAsync(Path.Join(_folder, "s3_credentials"), TestContext.Current.CancellationToken));

        var (code, _, errors) = await Repository.RunAsync(new Dictionary<string, string>(), isAll: false, "docker/make-secrets", _folder);

        Assert.Equal(2, code);
        Assert.Contains("is not empty", errors, StringComparison.Ordinal);
        Assert.Equal(password, await File.ReadAllTextAsync(Path.Join(_folder, "postgres_password"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task MakeSecrets_AnAddressThatIsNone_IsRefused()
    {
        var (code, _, errors) = await Repository.RunAsync(new Dictionary<string, string> { ["RABBITMQ"] = "rabbitmq" }, isAll: false, "docker/make-secrets", _folder);
        Assert.Equal((2, "make-secrets: 'rabbitmq' is no address; accepted: host:port, such as rabbitmq:5672.\n"), (code, errors));
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public async Task Definitions_OfTheBroker_LetTheAddressIn()
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        await using var broker = await RabbitMqServer.StartNewAsync();
        await Repository.OutputAsync("docker/make-secrets", _folder);
        await broker.Management.ImportAsync(await File.ReadAllTextAsync(Path.Join(_folder, "rabbitmq_definitions.json"), TestContext.Current.CancellationToken));

        var user = new Uri(await File.ReadAllTextAsync(Path.Join(_folder, "Messaging__RabbitMq"), TestContext.Current.CancellationToken)).UserInfo;

        Assert.Equal(HttpStatusCode.OK, await AskAsync(broker, user));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(broker, user + "x"));
    }

    private static async Task<HttpStatusCode> AskAsync(RabbitMqServer broker, string user)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(user)));
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{broker.Management.Port}/api/queues/dip"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
