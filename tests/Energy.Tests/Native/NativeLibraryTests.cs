using TorchSharp;

namespace DipPipeline.Energy.Tests.Native;

public sealed class NativeLibraryTests
{
    [Fact]
    public void TorchSharp_OnThisSystem_LoadsAndComputes()
    {
        using var scope = torch.NewDisposeScope();

        Assert.Equal(15f, torch.tensor([1f, 2f, 3f, 4f, 5f]).sum().item<float>());
    }
}
