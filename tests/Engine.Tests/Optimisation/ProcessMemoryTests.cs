using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class ProcessMemoryTests
{
    /// <summary>
    /// On a thread that is not the program's first, as the engine runs on: there glibc by default unmaps what is freed, and each iteration
    /// faults its tensors in again, thousands of pages.
    /// </summary>
    [Fact]
    public void KeepFreedMemory_IterationsOnAThreadOfTheirOwn_FaultInNothingAnew()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Page faults are read from Linux's /proc.");
        ProcessMemory.KeepFreedMemory();
        var faults = long.MaxValue;
        var thread = new Thread(() =>
        {
            using var job = new TinyJob(192, 192);
            using var solver = job.Solver(TinyJob.Settings(("channels-down", "32,32"), ("channels-up", "32,32")));
            solver.Iterate(10);
            var before = Faults();
            solver.Iterate(10);
            faults = (Faults() - before) / 10;
        });
        thread.Start();
        thread.Join();
        // 192·192·32·4 bytes are 1,152 pages, and an iteration makes dozens of such tensors.
        Assert.InRange(faults, 0, 1000);
    }

    [Fact]
    public void PeakBytes_ThisProcess_IsPlausible() => Assert.InRange(ProcessMemory.PeakBytes(), 50L << 20, 1L << 40);

    // Minor faults of the calling thread: the tenth field of its stat, the eighth after the name's bracket.
    private static long Faults() =>
        long.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[7], System.Globalization.CultureInfo.InvariantCulture);
}
