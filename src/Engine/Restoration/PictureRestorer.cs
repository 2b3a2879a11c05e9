using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Restores one picture file: reads and checks it, has the plugin formulate the problem, optimises, and writes
/// <c>photo.png</c> (for any other source the whole name is kept: <c>photo.jpg.png</c>), <c>photo.curve.png</c>,
/// <c>photo.preview.jpg</c> and last, as the commit mark, <c>photo.json</c>. Synchronous, on the caller's thread.
/// </summary>
public sealed class PictureRestorer(TimeProvider time)
{
    /// <exception cref="Contracts.RefusedException">Bad input; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written if any iteration was done.</exception>
    public RestorationMetrics Restore(
        RestorationRequest request,
        Action<RestorationProgress>? progress = null,
        Action<RestorationNotice>? notice = null,
        CancellationToken cancellation = default) => throw new NotImplementedException(time.ToString());
}
