using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DipPipeline.Jobs;

/// <summary>
/// The truth about every job: what is to be done, in which order, and what became of it. It is the queue as well: up to a million jobs
/// wait here, and the broker gets only what keeps the Hosts busy.
/// <para>
/// Safe to use from any thread, and from several processes on one database. Whatever writes does so in one transaction, one at a time:
/// it happens wholly or not at all, and every method may be called again after an error or a crash. Errors of the database reach the
/// caller as they are. With SQLite the methods do their work before they return, as its driver knows no asynchronous I/O.
/// </para>
/// </summary>
public sealed partial class JobCatalogue : IDisposable
{
    private readonly IDbContextFactory<CatalogueContext> _contexts;
    private readonly JobsOptions _options;
    private readonly TimeProvider _time;

    // Threads of this process queue here, in order; other processes are met in the database.
    private readonly SemaphoreSlim _writing = new(1, 1);

    internal JobCatalogue(IDbContextFactory<CatalogueContext> contexts, IOptions<JobsOptions> options, TimeProvider time)
    {
        _contexts = contexts;
        _options = options.Value;
        _time = time;
    }

    public void Dispose() => _writing.Dispose();

    private async Task<T> ReadAsync<T>(Func<CatalogueContext, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await read(context);
    }

    private async Task<T> WriteAsync<T>(Func<CatalogueContext, Task<T>> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            await context.BecomeOnlyWriterAsync(cancellationToken);
            var written = await write(context);
            await context.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return written;
        }
        finally
        {
            _writing.Release();
        }
    }
}
