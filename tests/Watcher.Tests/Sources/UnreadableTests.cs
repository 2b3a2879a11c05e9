using DipPipeline.Jobs.Runs;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests;

public sealed class UnreadableTests
{
    private static readonly RowKey s_row = new(1, 1);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Unreadable<RowKey> _rows;

    public UnreadableTests() => _rows = new(s_patience, _time);

    [Fact]
    public void PutOff_ARowThatFailed_IsToldUntilItsTimeHasCome()
    {
        Assert.False(_rows.Failed(s_row));
        Assert.Equal([s_row], _rows.PutOff());

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_rows.PutOff());
    }

    [Fact]
    public void PutOff_FailedAgain_WaitsLonger()
    {
        _rows.Failed(s_row);
        _rows.Failed(s_row);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([s_row], _rows.PutOff());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_rows.PutOff());
    }

    [Fact]
    public void Failed_OftenWithinItsPatience_IsNotGivenUp()
    {
        for (var n = 0; n < 20; n++)
        {
            _rows.Read([], 1);
            Assert.False(_rows.Failed(s_row));
        }
    }

    [Fact]
    public void Failed_ThreeTimesWhileOthersAreRead_IsToBeRejected()
    {
        List<bool> rejected = [];
        for (var n = 0; n < 3; n++)
        {
            _rows.Read([], 1);
            rejected.Add(_rows.Failed(s_row));
            _time.Advance(s_patience / 2);
        }

        Assert.Equal([false, false, true], rejected);
        Assert.Empty(_rows.PutOff());
    }

    [Fact]
    public void Failed_WhileNothingIsRead_IsGivenUpAfterAnHourOnly()
    {
        for (var n = 0; n < 60; n++)
        {
            Assert.False(_rows.Failed(s_row));
            _time.Advance(s_patience);
        }

        Assert.True(_rows.Failed(s_row));
        Assert.False(_rows.IsKnown(s_row));
    }

    [Fact]
    public void Read_ARowThatHadFailed_BeginsAnew()
    {
        _rows.Read([], 1);
        _rows.Failed(s_row);
        _rows.Read([], 1);
        _rows.Failed(s_row);

        _rows.Read([s_row], 1);

        Assert.Empty(_rows.PutOff());
        Assert.False(_rows.Failed(s_row));
    }

    [Fact]
    public void IsFull_AThousandFailed_UntilOneIsRead()
    {
        Assert.All(Enumerable.Range(1, 1000), n => Assert.Equal((false, false), (_rows.IsFull, _rows.Failed(new(1, n)))));
        Assert.True(_rows.IsFull);

        _rows.Read([s_row], 1);

        Assert.False(_rows.IsFull);
    }
}
