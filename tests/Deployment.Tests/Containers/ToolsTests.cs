using DipPipeline.Deployment.Tests.Manifests;

namespace DipPipeline.Deployment.Tests.Containers;

public sealed class ToolsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Tools_AsKubernetesStartsThem_Wait_HaveDip_ReachTheCatalogue_AndEndOnSigterm()
    {
        var pod = Overlay.Kept("gpu").Workload("dip").Spec;
        var container = Assert.Single(pod.Containers);
        await using var farm = await ComposedFarm.StartAsync();
        await farm.OwnAsync();

        var waiting = farm.RunTools([.. container.Command]);
        await farm.UntilAsync(() => Task.FromResult(waiting.HasChildren), "it waits");
        foreach (var probe in (k8s.Models.V1Probe[])[container.StartupProbe, container.LivenessProbe, container.ReadinessProbe])
        {
            var asked = farm.RunTools([.. probe.Exec.Command]);
            Assert.True(await asked.EndAsync(TimeSpan.FromMinutes(1)) == 0, asked.ToString());
        }

        // What kubectl exec does.
        var status = farm.RunTools("dip", "archive", "status");
        Assert.True(await status.EndAsync(TimeSpan.FromMinutes(1)) == 0, status.ToString());

        Assert.False(waiting.HasExited);
        var (code, took) = await waiting.StopAsync();
        output.WriteLine($"ended with {code} after {took.TotalSeconds:F1} s");
        Assert.Equal(0, code);
        Assert.InRange(took.TotalSeconds, 0, pod.TerminationGracePeriodSeconds!.Value);
    }
}
