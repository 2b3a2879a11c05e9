using DipPipeline.Cli.Pipeline;

namespace DipPipeline.Cli.Tests.Pipeline;

public sealed class PipelineSettingsTests
{
    [Theory]
    [InlineData("results", "results/.dip/jobs.db")]
    [InlineData("s3://one/restored", ".dip/s3/one/restored/jobs.db")]
    [InlineData("s3://one/restored/", ".dip/s3/one/restored/jobs.db")]
    [InlineData("s3://two/restored", ".dip/s3/two/restored/jobs.db")]
    [InlineData("s3://two", ".dip/s3/two/jobs.db")]
    [InlineData("s3://../two", ".dip/s3/two/jobs.db")]
    public void Read_EachPlaceOfResults_HasACatalogueOfItsOwn(string results, string file) =>
        Assert.Equal(file, PipelineSettings.Read(null, results)["Jobs:File"]);
}
