using DipPipeline.Deployment.Tests.Programs;

namespace DipPipeline.Deployment.Tests.Containers;

public sealed class BucketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-bucket-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>There is no MinIO here; its client's place is taken by a script that says what it is told to do.</summary>
    [Fact]
    public async Task Bucket_TheService_MakesTheBucketAsTheStoresUser_AndEndsWithWhatTheClientSays()
    {
        Assert.SkipUnless(Repository.Has("bwrap"), Sandbox.NotInstalled);
        var secrets = Path.Join(_folder, "secrets");
        await Repository.OutputAsync("docker/make-secrets", secrets);
        var client = Path.Join(Directory.CreateDirectory(Path.Join(_folder, "tools")).FullName, "mc");
        await File.WriteAllTextAsync(client, """
            #!/bin/sh
            echo "$@"
            case $* in *store/taken) exit 7; esac
            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var (code, said) = await RunAsync("pictures", secrets);

        Assert.Equal(0, code);
        Assert.Equal([$"--quiet alias set store http://s3:9000 dip {await File.ReadAllTextAsync(Path.Join(secrets, "s3_password"), TestContext.Current.CancellationToken)}", "--quiet mb --ignore-existing store/pictures"], said);
        Assert.Equal(7, (await RunAsync("taken", secrets)).Code);
    }

    private async Task<(int Code, string[] Said)> RunAsync(string bucket, string secrets)
    {
        var compose = await Compose.ReadAsync(new Dictionary<string, string> { ["S3_BUCKET"] = bucket, ["DIP_SECRETS_FOLDER"] = secrets }, "-f", "docker-compose.s3.yml");
        var mounts = compose.Secrets("bucket").SelectMany(s => (string[])["--ro-bind", s.Value, $"/run/secrets/{s.Key}"]);
        // What 'config' prints can be read by compose again, dollars and all.
        string[] command = [.. compose.List("bucket", "entrypoint").Cast<string>().Select(word => word.Replace("$$", "$", StringComparison.Ordinal))];
        // The image's user is root.
        await using var sandbox = new Sandbox("0", ["--dir", "/app", "--ro-bind", Path.Join(_folder, "tools"), "/usr/local/sbin", .. mounts], compose.Environment("bucket"), command);
        var code = await sandbox.EndAsync(TimeSpan.FromMinutes(1));
        return (code, [.. sandbox.Log.Where(line => line.Length > 0)]);
    }
}
