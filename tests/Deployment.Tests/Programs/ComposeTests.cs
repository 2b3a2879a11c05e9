namespace DipPipeline.Deployment.Tests.Programs;

public sealed class ComposeTests
{
    private static readonly Dictionary<string, string> s_defaults = [];

    [Theory]
    [InlineData]
    [InlineData("-f", "docker-compose.gpu.yml")]
    [InlineData("-f", "docker-compose.s3.yml")]
    [InlineData("-f", "docker-compose.gpu.yml", "-f", "docker-compose.s3.yml")]
    [InlineData("--profile", "tools")]
    public async Task Config_IsAcceptedWithoutAWarning(params string[] more)
    {
        var compose = await Compose.ReadAsync(s_defaults, more);
        string[] expected = ["host", "postgres", "rabbitmq", "watcher"];
        Assert.Superset(expected.ToHashSet(), compose.Services.ToHashSet());
    }

    [Fact]
    public void Broker_HasTheSameSettingsAsOnKubernetes()
    {
        var map = Manifests.Overlay.Kept("keda").Of<k8s.Models.V1ConfigMap>("rabbitmq");
        Assert.Equal(map.Data["20-dip.conf"].Trim().Split('\n'), File.ReadAllText(Repository.At("docker/rabbitmq/rabbitmq.conf")).Trim().Split('\n'));
    }

    [Fact]
    public async Task Config_OfAFileWithAFieldThatThereIsNot_IsRefused()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "services: { host: { red_only: true } }", TestContext.Current.CancellationToken);
        var (code, _, errors) = await Compose.RunAsync(s_defaults, "-f", file);
        File.Delete(file);
        Assert.NotEqual(0, code);
        Assert.Contains("red_only", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("watcher")]
    [InlineData("host")]
    [InlineData("dip")]
    public async Task Program_HasNoMoreRightsThanItNeeds(string name)
    {
        var compose = await Compose.ReadAsync(s_defaults, "--profile", "tools");
        var service = compose.Service(name);
        Assert.Equal("1654:1654", service["user"]);
        Assert.Equal("true", service["read_only"]);
        Assert.Equal(["ALL"], compose.List(name, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], compose.List(name, "security_opt"));
        Assert.StartsWith("/tmp:size=", (string)Assert.Single(compose.List(name, "tmpfs")), StringComparison.Ordinal);
        Assert.All(compose.Environment(name), e => Assert.DoesNotContain("assword", e.Key + e.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Services_HaveVersions_WaitForEachOther_AndAreReachableFromThisMachineOnly()
    {
        var compose = await Compose.ReadAsync(s_defaults, "-f", "docker-compose.s3.yml", "--profile", "tools");
        Assert.All(compose.Services, name =>
        {
            Assert.Matches(@":[A-Za-z.]*\d[\w.-]*$", (string)compose.Service(name)["image"]);
            Assert.All(compose.List(name, "ports"), port => Assert.StartsWith("127.0.0.1:", (string)port, StringComparison.Ordinal));
        });
        Assert.All((string[])["rabbitmq", "postgres", "s3"], name => Assert.True(compose.Service(name).ContainsKey("healthcheck"), name));
        Assert.All((string[])["watcher", "host", "dip", "bucket"], name => Assert.All(Compose.Map(compose.Service(name)["depends_on"]), d =>
            Assert.Equal(d.Key == "bucket" ? "service_completed_successfully" : "service_healthy", Compose.Map(d.Value)["condition"])));
    }

    [Theory]
    [InlineData("host", "Messaging__RabbitMq")]
    [InlineData("watcher", "Jobs__ConnectionString", "Messaging__RabbitMq")]
    [InlineData("dip", "Jobs__ConnectionString", "Messaging__RabbitMq")]
    public async Task Program_HasTheSecretsThatItNeeds_AndThoseOfAStoreOnlyWithOne(string name, params string[] secrets)
    {
        Assert.Equal(secrets, (await Compose.ReadAsync(s_defaults, "--profile", "tools")).Secrets(name).Keys.Order(StringComparer.Ordinal));
        Assert.Equal([.. secrets, "s3_credentials"], (await Compose.ReadAsync(s_defaults, "-f", "docker-compose.s3.yml", "--profile", "tools")).Secrets(name).Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("watcher")]
    [InlineData("host")]
    [InlineData("dip")]
    public async Task Program_OnS3_HasItsRootsInTheBucket_WaitsForIt_AndKnowsTheServer(string name)
    {
        var compose = await Compose.ReadAsync(new Dictionary<string, string> { ["S3_BUCKET"] = "pictures" }, "-f", "docker-compose.s3.yml", "--profile", "tools");
        var environment = compose.Environment(name);
        Assert.Equal(("s3://pictures/watch", "s3://pictures/restored"), (environment["Storage__Inputs"], environment["Storage__Results"]));
        Assert.Equal(("http://s3:9000", "true"), (environment["Storage__S3__Endpoint"], environment["Storage__S3__PathStyle"]));
        Assert.Equal("/run/secrets/s3_credentials", environment["AWS_SHARED_CREDENTIALS_FILE"]);
        Assert.Contains("bucket", Compose.Map(compose.Service(name)["depends_on"]).Keys);
    }

    [Fact]
    public async Task EnvExample_NamesEveryVariableWithItsDefault()
    {
        var named = File.ReadAllLines(Repository.At(".env.example")).Where(l => l.Contains('=', StringComparison.Ordinal) && l[0] != '#').Select(l => l.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        var text = string.Concat(await Task.WhenAll(((string[])["docker-compose.yml", "docker-compose.s3.yml", "docker-compose.gpu.yml"]).Select(file => File.ReadAllTextAsync(Repository.At(file), TestContext.Current.CancellationToken))));
        var used = System.Text.RegularExpressions.Regex.Matches(text, @"\$\{(\w+):-([^}]*)\}")
            .Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Distinct().ToDictionary();
        Assert.Equal(used.OrderBy(v => v.Key, StringComparer.Ordinal), named.OrderBy(v => v.Key, StringComparer.Ordinal));
    }
}
