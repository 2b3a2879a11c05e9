using YamlDotNet.Serialization;

namespace DipPipeline.Deployment.Tests.Programs;

/// <summary>docker-compose.yml as <c>docker-compose config</c> understands it.</summary>
internal sealed class Compose
{
    public const string NotInstalled = "docker-compose is not installed; ./test installs it.";

    private readonly IDictionary<string, object> _all;

    private Compose(string yaml) => _all = new DeserializerBuilder().Build().Deserialize<IDictionary<string, object>>(yaml);

    public IEnumerable<string> Services => Map(_all["services"]).Keys;

    public IDictionary<string, object> Service(string name) => Map(Map(_all["services"])[name]);

    public static async Task<Compose> ReadAsync(IReadOnlyDictionary<string, string> settings, params string[] more)
    {
        var (code, yaml, errors) = await RunAsync(settings, more);
        Assert.True(code == 0, errors);
        Assert.Equal("", errors); // Not even a warning.
        return new Compose(yaml);
    }

    public static Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] more)
    {
        Assert.SkipUnless(Repository.Has("docker-compose"), NotInstalled);
        return Repository.RunAsync(settings, isAll: false, ["docker-compose", "-f", "docker-compose.yml", .. more, "config"]);
    }

    public IReadOnlyDictionary<string, string> Environment(string service) =>
        Service(service).TryGetValue("environment", out var all) ? Map(all).ToDictionary(e => e.Key, e => (string)e.Value) : [];

    /// <summary>Setting → file, of a service's secrets.</summary>
    public IReadOnlyDictionary<string, string> Secrets(string service) => List(service, "secrets")
        .Select(s => s is string name ? name : (string)Map(s)["source"]).ToDictionary(s => s, s => (string)Map(Map(_all["secrets"])[s])["file"]);

    public IEnumerable<object> List(string service, string name) => Service(service).TryGetValue(name, out var list) ? (IEnumerable<object>)list : [];

    public static IDictionary<string, object> Map(object value) => value switch
    {
        IDictionary<string, object> map => map,
        IDictionary<object, object> map => map.ToDictionary(e => (string)e.Key, e => e.Value),
        _ => throw new InvalidDataException($"{value} is no map."),
    };
}
