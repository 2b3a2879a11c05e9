using System.Collections.Concurrent;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Plugins.Denoise;
using TorchSharp;

namespace DipPipeline.Plugins.Tests;

/// <summary>Denoising that notes of what size, and with how many threads, it is formulated.</summary>
internal sealed class ThreadCounting : TaskPlugin
{
    private readonly DenoisePlugin _inner = new();

    public ConcurrentQueue<(long Width, long Height, int Threads)> Formulated { get; } = [];

    public override TaskDescriptor Descriptor => _inner.Descriptor;

    public override Problem Formulate(Observation observation, OptionSet options)
    {
        Formulated.Enqueue((observation.Picture.shape[3], observation.Picture.shape[2], torch.get_num_threads()));
        return _inner.Formulate(observation, options);
    }
}
