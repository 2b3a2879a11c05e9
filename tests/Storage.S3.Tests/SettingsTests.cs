using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DipPipeline.Storage.S3.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("s3://pictures", "pictures", "")]
    [InlineData("s3://pictures/", "pictures", "")]
    [InlineData("S3://my.pictures-1/Альбом 1/in/", "my.pictures-1", "Альбом 1/in")]
    public void Parse_ARoot_IsBucketAndPrefix(string root, string bucket, string prefix) =>
        Assert.Equal(new S3Root(bucket, prefix), S3Root.Parse(root));

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://UPPER/prefix")]
    [InlineData("s3://ab")]
    [InlineData("s3://bucket//prefix")]
    [InlineData("s3://bucket/../other")]
    public void Validate_ARootThatIsNone_QuotesItAndSaysWhatIsAccepted(string root)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Storage(("Storage:Inputs", root)));
        Assert.Equal($"Storage:Inputs is '{root}'; accepted: {S3Root.Accepted}.", Assert.Single(refused.Failures));
    }

    [Fact]
    public void Validate_AProfileThatIsNone_IsSaidBeforeAnythingStarts()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Storage(("Storage:Inputs", "s3://pictures"), ("Storage:S3:Profile", "no-such-profile")));
        Assert.Contains("Storage:Inputs is 's3://pictures', whose server is not known", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_APlaceOfNoKind_IsNotTakenForAFolder()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Storage(("Storage:Results", "gs://bucket/results")));
        Assert.Equal("Storage:Results is 'gs://bucket/results'; accepted: a folder, or s3://BUCKET/PREFIX.", Assert.Single(refused.Failures));
    }

    [Fact]
    public void Validate_EverythingWrong_IsSaidAtOnce()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Options(("Endpoint", "minio:9000"), ("ConditionalWrites", "9")));
        Assert.Equal(
        [
            "Storage:S3:ConditionalWrites is '9'; accepted: Auto, Yes, No.",
            "Storage:S3:Endpoint is 'minio:9000'; accepted: an address such as https://minio.example:9000.",
        ], refused.Failures.Order(StringComparer.Ordinal));
        refused = Assert.Throws<OptionsValidationException>(() => Options(("PartBytes", "7")));
        Assert.Equal(["Storage:S3:PartBytes is outside of 5242880 (5 MiB) to 1073741824 (1 GiB)."], refused.Failures);
        refused = Assert.Throws<OptionsValidationException>(() => Options(("Region", "eu-middle-1")));
        Assert.Contains("Storage:S3:Region is 'eu-middle-1'", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Config_WithAnEndpoint_AsksForNothingThatOnlyAmazonHas()
    {
        var config = S3Client.Config(Options(("Endpoint", "http://minio:9000")));
        Assert.Equal(("http://minio:9000/", "us-east-1", true, 0), (config.ServiceURL, config.AuthenticationRegion, config.ForcePathStyle, config.MaxErrorRetry));
        Assert.Equal(Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED, config.RequestChecksumCalculation);
        Assert.Equal(Amazon.Runtime.ResponseChecksumValidation.WHEN_REQUIRED, config.ResponseChecksumValidation);
        Assert.False(S3Client.Config(Options(("Endpoint", "http://minio:9000"), ("PathStyle", "false"))).ForcePathStyle);
    }

    [Fact]
    public void Config_WithoutOne_IsAmazonsOwn()
    {
        var config = S3Client.Config(Options(("Region", "eu-central-1"), ("Profile", "farm")));
        Assert.Equal(("eu-central-1", false, "farm"), (config.RegionEndpoint.SystemName, config.ForcePathStyle, config.Profile.Name));
    }

    [Fact]
    public void Open_RootsOfBothKinds_AreEachTheirOwn()
    {
        var folder = Directory.CreateTempSubdirectory("dip-roots-");
        var storage = Storage(("Storage:Inputs", "s3://pictures/in"), ("Storage:Results", folder.FullName), ("Storage:S3:Endpoint", "http://127.0.0.1:9"));
        Assert.Equal(("s3://pictures/in/a.png", Path.Join(folder.FullName, "a.png")), (storage.Inputs.Describe("a.png"), storage.Results.Describe("a.png")));
        folder.Delete(recursive: true);
    }

    private static PipelineStorage Storage(params (string Name, string Value)[] settings) => Provider(settings).GetRequiredService<PipelineStorage>();

    private static S3Options Options(params (string Name, string Value)[] settings) =>
        Provider([.. settings.Select(s => ($"Storage:S3:{s.Name}", s.Value))]).GetRequiredService<IOptions<S3Options>>().Value;

    private static ServiceProvider Provider(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).Build();
        return new ServiceCollection().AddLogging().AddStorage(configuration).AddS3Storage(configuration).BuildServiceProvider();
    }
}
