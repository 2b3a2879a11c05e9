namespace DipPipeline.Plugins.Tests;

/// <summary>A clock by which every report is due.</summary>
internal sealed class Hasty : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Interlocked.Increment(ref _ticks);
}
