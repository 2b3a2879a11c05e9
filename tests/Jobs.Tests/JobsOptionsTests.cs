using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DipPipeline.Jobs.Tests;

public sealed class JobsOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreAccepted() => Assert.True(new JobsOptionsValidator().Validate(null, new()).Succeeded);

    [Fact]
    public void Validate_ManyErrors_NamesThemAll() => Assert.Equal(
        [
            "Jobs:Provider is 'mysql'; accepted: sqlite, postgres.",
            "Jobs:MaxDeferrals is 0; accepted: 1 or more.",
            "Jobs:FirstDeferral is 00:00:00; accepted: more than 0, such as 00:00:10.",
            "Jobs:LongestDeferral is -00:00:01; accepted: Jobs:FirstDeferral (00:00:00) or more.",
            "Jobs:StandbyInterval is 00:00:00; accepted: more than 0, such as 00:00:01.",
        ],
        new JobsOptionsValidator().Validate(null, new()
        {
            Provider = "mysql", MaxDeferrals = 0, FirstDeferral = TimeSpan.Zero, LongestDeferral = TimeSpan.FromSeconds(-1), StandbyInterval = TimeSpan.Zero,
        }).Failures!);

    [Theory]
    [InlineData("sqlite", "", null, "Jobs:File is ''; accepted: the path of a file, such as '.dip/jobs.db'.")]
    [InlineData("sqlite", "file::memory:", null, "Jobs:File is 'file::memory:'; accepted: the path of a file, such as '.dip/jobs.db'.")]
    [InlineData("sqlite", "a.db", "Host=x;Password=secret", "Jobs:ConnectionString is set, but Jobs:Provider is 'sqlite', which takes Jobs:File; remove it, or set Jobs:Provider to 'postgres'.")]
    [InlineData("postgres", "a.db", null, "Jobs:ConnectionString names no Host, which postgres needs; accepted: such as 'Host=db;Database=dip;Username=dip;Password=…'.")]
    [InlineData("Postgres", "a.db", "Hots=x;Password=secret", "Jobs:ConnectionString cannot be read; accepted: such as 'Host=db;Database=dip;Username=dip;Password=…'.")]
    public void Validate_AWrongPlace_SaysWhatWouldBeAccepted(string provider, string file, string? connectionString, string expected) =>
        Assert.Equal([expected], new JobsOptionsValidator().Validate(null, new() { Provider = provider, File = file, ConnectionString = connectionString }).Failures!);

    [Fact]
    public async Task AddJobCatalogue_BadConfiguration_FailsAtStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("Jobs:Provider", "oracle")]);
        builder.Services.AddJobCatalogue(builder.Configuration.GetSection("Jobs"));
        using var host = builder.Build();

        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AddJobCatalogue_GoodConfiguration_GivesOneCatalogueThatWorks()
    {
        var folder = Directory.CreateTempSubdirectory("dip-jobs-");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Jobs:File", Path.Join(folder.FullName, "a.db")), new("Jobs:MaxDeferrals", "3")]).Build();
        await using (var services = new ServiceCollection().AddJobCatalogue(configuration.GetSection("Jobs")).BuildServiceProvider())
        {
            var catalogue = services.GetRequiredService<JobCatalogue>();
            await catalogue.MigrateAsync(TestContext.Current.CancellationToken);

            Assert.Same(catalogue, services.GetRequiredService<JobCatalogue>());
            Assert.Equal(0, await catalogue.OutstandingAsync(TestContext.Current.CancellationToken));
            Assert.Equal(3, services.GetRequiredService<IOptions<JobsOptions>>().Value.MaxDeferrals);
        }

        folder.Delete(recursive: true);
    }
}
