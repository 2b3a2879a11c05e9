using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class DeviceProbeTests
{
    [Fact]
    public void Computes_TheProcessor_IsTrue() => Assert.True(DeviceProbe.Computes("cpu"));

    /// <summary>As compose and Kubernetes ask for a machine's GPUs.</summary>
    [Theory]
    [InlineData("auto", "cuda:0", 3, "cuda:0 cuda:1 cuda:2")]
    [InlineData("cuda", "cuda:0", 3, "cuda:0 cuda:1 cuda:2")]
    [InlineData("cuda:1", "cuda:1", 3, "cuda:1")]
    [InlineData("auto", "cpu", 0, "cpu")]
    [InlineData("cpu", "cpu", 0, "cpu")]
    public void All_ARequest_AreTheDevicesThatItNames(string requested, string first, int count, string expected) =>
        Assert.Equal(expected.Split(' '), DeviceProbe.All(requested, first, count));

    // libtorch's device without memory takes every operation, and has no result to give.
    [Fact]
    public void Computes_ADeviceThatHasNoResult_Throws() => Assert.ThrowsAny<Exception>(() => DeviceProbe.Computes("meta"));
}
