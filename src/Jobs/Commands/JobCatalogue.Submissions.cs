using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Leaves a request for the Watcher, where no broker is there to carry it.</summary>
    public Task SubmitAsync(SubmitRestoration request, CancellationToken cancellationToken = default) =>
        WriteAsync(context => Task.FromResult(context.Submissions.Add(new() { Request = Json.Write(request), At = _time.GetUtcNow() })), cancellationToken);

    /// <summary>The requests, oldest first; each is told until <see cref="RemoveSubmissionsAsync"/>. To enter one twice does no harm.</summary>
    /// <param name="limit">At most so many.</param>
    public Task<IReadOnlyList<SubmittedRestoration>> SubmissionsAsync(int limit, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<SubmittedRestoration>>(
            async context =>
            [
                .. (await context.Submissions.OrderBy(s => s.Number).Take(limit).ToListAsync(cancellationToken))
                    .Select(s => new SubmittedRestoration(s.Number, Json.Read<SubmitRestoration>(s.Request))),
            ],
            cancellationToken);

    /// <summary>Their pictures are entered.</summary>
    public Task RemoveSubmissionsAsync(IReadOnlyCollection<long> numbers, CancellationToken cancellationToken = default) =>
        WriteAsync(context => context.Submissions.Where(s => numbers.Contains(s.Number)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
}
