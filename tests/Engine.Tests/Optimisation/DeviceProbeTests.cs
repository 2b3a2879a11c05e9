using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class DeviceProbeTests
{
    [Fact]
    public void Computes_TheProcessor_IsTrue() => Assert.True(DeviceProbe.Computes("cpu"));

    // libtorch's device without memory takes every operation, and has no result to give.
    [Fact]
    public void Computes_ADeviceThatHasNoResult_Throws() => Assert.ThrowsAny<Exception>(() => DeviceProbe.Computes("meta"));
}
