using DipPipeline.Jobs.Leadership;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Waits until no other process leads: there is one Watcher a catalogue, and others stand by. With SQLite a file beside the database is
    /// locked, with PostgreSQL a lock is held on the server; when a process dies, however it dies, its lock is free. While the server is
    /// away, nobody leads and this waits.
    /// </summary>
    public async Task<CatalogueLeadership> AcquireLeadershipAsync(CancellationToken cancellationToken = default)
    {
        if (_options.IsSqlite)
        {
            var path = Path.GetFullPath(_options.File) + ".leader";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new(await FileLock.AcquireAsync(path, _options.StandbyInterval, _time, cancellationToken), CancellationToken.None);
        }

        while (true)
        {
            if (await PostgresLock.TryAcquireAsync(_options.ConnectionString!, cancellationToken) is { } held)
            {
                return new(held, held.Lost);
            }

            await Task.Delay(_options.StandbyInterval, _time, cancellationToken);
        }
    }
}
