using System.Text.RegularExpressions;
using DipPipeline.Deployment.Tests.Manifests;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Programs;

/// <summary>That every setting in a file is one of the program that gets it: the published program itself says so.</summary>
public sealed partial class SettingsTests : IDisposable
{
    // Of the systems below the programs, and of where they look for settings and plugins.
    private static readonly string[] s_others = ["AWS_SHARED_CREDENTIALS_FILE", "DIP_PLUGINS", "DIP_SECRETS", "DOTNET_EnableDiagnostics", "DOTNET_gcServer", "GLIBC_TUNABLES", "LD_PRELOAD", "MALLOC_CONF", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"];
    private static readonly string[] s_sections = ["Storage", "Messaging", "Jobs", "Watcher", "Host", "Health"];

    private static readonly ImageFile s_images = new();

    private readonly string _secrets = Directory.CreateTempSubdirectory("dip-secrets-").FullName;

    private readonly string _own = Directory.CreateTempSubdirectory("dip-compose-").FullName;

    public static TheoryData<string, string, string> InKubernetes
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var overlay in Overlay.Names)
            {
                data.Add(overlay, "watcher", "Watcher");
                data.Add(overlay, "host", "Host");
                data.Add(overlay, "dip", "Cli");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(InKubernetes))]
    public async Task Kubernetes_EverySettingIsTheProgramsAndGood(string overlay, string container, string program) =>
        Assert.Equal([], await FaultsAsync(container, program, Settings(Overlay.Kept(overlay), container)));

    [Theory]
    [InlineData("watcher", "Watcher")]
    [InlineData("host", "Host")]
    [InlineData("dip", "Cli", "--profile", "tools")]
    [InlineData("host", "Host", "-f", "docker-compose.gpu.yml")]
    [InlineData("watcher", "Watcher", "-f", "docker-compose.s3.yml")]
    [InlineData("host", "Host", "-f", "docker-compose.s3.yml")]
    [InlineData("dip", "Cli", "-f", "docker-compose.s3.yml", "--profile", "tools")]
    public async Task Compose_EverySettingIsTheProgramsAndGood(string service, string program, params string[] more)
    {
        var settings = (await Compose.ReadAsync(new Dictionary<string, string>(), more)).Environment(service);
        Assert.Equal([], await FaultsAsync(service, program, settings));
    }

    [Theory]
    [InlineData("watcher", "Watcher")]
    [InlineData("host", "Host")]
    [InlineData("dip", "Cli")]
    public async Task Compose_WithAStoreOfOnesOwnAsDocumented_EverySettingIsTheProgramsAndGood(string service, string program)
    {
        var file = Path.Join(_own, "own-store.yml");
        await File.WriteAllTextAsync(file, OwnStore().Match(await File.ReadAllTextAsync(Repository.At("docs/operations.md"), TestContext.Current.CancellationToken)).Value, TestContext.Current.CancellationToken);

        var compose = await Compose.ReadAsync(new Dictionary<string, string>(), "-f", file, "--profile", "tools");

        Assert.Equal("s3://scans/restored", compose.Environment(service)["Storage__Results"]);
        Assert.Equal($"/run/secrets/{compose.Secrets(service).Keys.Single(s => s.StartsWith("s3_", StringComparison.Ordinal))}", compose.Environment(service)["AWS_SHARED_CREDENTIALS_FILE"]);
        Assert.Equal([], await FaultsAsync(service, program, compose.Environment(service)));
    }

    [Fact]
    public async Task AllInOne_EverySettingIsTheProgramsAndGood() => Assert.Equal([], await FaultsAsync("all-in-one", "Cli", new Dictionary<string, string>()));

    [Theory]
    [InlineData("Host__Slotz", "2", "'Host:Slotz' is no setting (did you mean 'Slots'?).")]
    [InlineData("Host__Slots", "-1", "Host:Slots is outside of 0 to 64; 0 lets the Host choose.")]
    [InlineData("Host__StopTimeout", "00:00:05", "Messaging:StopTimeout is 00:00:15; accepted: at most the time that the process has, Host:StopTimeout of a Host (00:00:05).")]
    [InlineData("Hots__Slots", "2", "'Hots' is no section of settings (did you mean 'Host'?).")]
    [InlineData("HOST_SLOTS", "2", "HOST_SLOTS is a setting of nothing.")]
    public async Task ConfigMap_WithASettingThatIsWrong_IsFound(string name, string value, string sentence)
    {
        var overlay = Overlay.Kept("cpu-dev");
        overlay.Of<V1ConfigMap>("settings").Data[name] = value;
        Assert.Contains(sentence, await FaultsAsync("host", "Host", Settings(overlay, "host")));
    }

    public void Dispose()
    {
        Directory.Delete(_secrets, recursive: true);
        Directory.Delete(_own, recursive: true);
    }

    private static Dictionary<string, string> Settings(Overlay overlay, string container)
    {
        var program = overlay.Containers.Single(p => p.Container.Name == container).Container;
        return program.EnvFrom.SelectMany(e => overlay.Of<V1ConfigMap>(e.ConfigMapRef.Name).Data).Concat((program.Env ?? []).Select(e => KeyValuePair.Create(e.Name, e.Value))).ToDictionary();
    }

    private async Task<IEnumerable<string>> FaultsAsync(string service, string program, IReadOnlyDictionary<string, string> settings)
    {
        await Repository.OutputAsync("docker/make-secrets", _secrets);
        if (program == "Host")
        {
            File.Delete(Path.Join(_secrets, "Jobs__ConnectionString")); // Hosts get the broker's alone.
        }

        var environment = s_images.Environment(service == "dip" ? "all-in-one" : service);
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var strange = environment.Keys.Where(name => !s_others.Contains(name) && !s_sections.Contains(name.Split("__")[0])).Select(name => $"{name} is a setting of nothing.").ToList();
        // Where things are in the image, and whether there is a GPU, is not of the settings.
        environment["DIP_PLUGINS"] = Repository.At("plugins");
        environment["DIP_SECRETS"] = settings.Count == 0 ? "" : _secrets;
        environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath)!;
        var sentences = await CheckAsync(program, environment);
        if (sentences.Any(s => s.StartsWith("Device 'cuda' was asked for, but no CUDA device is", StringComparison.Ordinal)))
        {
            environment["Host__Device"] = "cpu";
            sentences = await CheckAsync(program, environment);
        }

        return strange.Concat(sentences);
    }

    private static async Task<string[]> CheckAsync(string program, Dictionary<string, string> environment)
    {
        string[] arguments = program == "Cli" ? ["up", "--check"] : ["--check"];
        var (code, output, errors) = await Repository.RunAsync(environment, isAll: true, [Environment.ProcessPath!, Repository.Published(program), .. arguments]);
        string[] sentences = [.. (output + errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Replace("host: ", "", StringComparison.Ordinal).Replace("dip: ", "", StringComparison.Ordinal))];
        Assert.Equal(sentences.Length == 0 ? 0 : 2, code);
        return sentences;
    }

    // A block of the page, indented by four.
    [GeneratedRegex(@"(?m)^    x-store: &store\n(    .*\n)+")]
    private static partial Regex OwnStore();
}
