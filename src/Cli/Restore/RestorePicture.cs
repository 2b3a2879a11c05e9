using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>The engine's <see cref="PictureRestorer.Restore"/>, as this tool calls it; tests put their own in its place.</summary>
internal delegate RestorationMetrics RestorePicture(
    RestorationRequest request, Action<RestorationProgress> progress, Action<RestorationNotice> notice, CancellationToken cancellation);
