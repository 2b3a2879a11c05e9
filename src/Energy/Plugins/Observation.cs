using TorchSharp;

namespace DipPipeline.Energy;

/// <summary>What was observed: a picture, and its companions by name. All tensors are float32, range 0..1, on the job's device.</summary>
public sealed class Observation : IDisposable
{
    /// <summary>x0, [1,C,H,W]; C is 1 (gray) or 3 (RGB).</summary>
    public required torch.Tensor Picture { get; init; }

    /// <summary>Companion tensors, [1,1,H,W]: <c>mask</c>; also holds the alpha channel under the companion's name where it substitutes.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Companions { get; init; } = new Dictionary<string, torch.Tensor>();

    /// <summary>The companion, or <see langword="null"/> where none was given.</summary>
    public torch.Tensor? Companion(string name) => Companions.GetValueOrDefault(name);

    public void Dispose()
    {
        Picture.Dispose();
        foreach (var companion in Companions.Values)
        {
            companion.Dispose();
        }
    }
}
