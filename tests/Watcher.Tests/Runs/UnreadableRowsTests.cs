using DipPipeline.Jobs.Runs;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests;

public sealed class UnreadableRowsTests
{
    private static readonly RowKey s_row = new(1, 1);

    private readonly FakeTimeProvider _time = new();
    private readonly UnreadableRows _rows;

    public UnreadableRowsTests() => _rows = new(_time);

    [Fact]
    public void PutOff_ARowThatFailed_IsToldUntilItsTimeHasCome()
    {
        Assert.False(_rows.Failed(s_row));
        Assert.Equal([s_row], _rows.PutOff());

        _time.Advance(UnreadableRows.Again);

        Assert.Empty(_rows.PutOff());
    }

    [Fact]
    public void Failed_ThreeTimesWhileOthersAreRead_IsToBeRejected()
    {
        List<bool> rejected = [];
        for (var n = 0; n < 3; n++)
        {
            _rows.Read([], 1);
            rejected.Add(_rows.Failed(s_row));
        }

        Assert.Equal([false, false, true], rejected);
        Assert.Empty(_rows.PutOff());
    }

    [Fact]
    public void Failed_WhileNothingIsRead_IsNeverToBeRejected() => Assert.All(Enumerable.Range(0, 20), _ => Assert.False(_rows.Failed(s_row)));

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
