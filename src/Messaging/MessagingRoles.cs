using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Messaging;

/// <summary>What this process receives; with no role it only sends. The handlers of each role must be registered.</summary>
public sealed class MessagingRoles
{
    /// <summary>More jobs at the same time than any machine of ours has devices for.</summary>
    public const int MostSlots = 64;

    internal Func<IServiceProvider, int>? Slots { get; private set; }

    internal bool IsHost => Slots is not null;

    internal bool IsWatcher { get; private set; }

    /// <summary>
    /// Receives <see cref="Contracts.Messages.RestoreImage"/>, <paramref name="slots"/> (1..64) at the same time and never more
    /// unacknowledged, and every <see cref="Contracts.Messages.CancelRestoration"/>.
    /// </summary>
    public MessagingRoles Host(int slots) => Host(_ => slots);

    /// <inheritdoc cref="Host(int)"/>
    public MessagingRoles Host(Func<IServiceProvider, int> slots)
    {
        Slots = slots;
        return this;
    }

    /// <summary>Receives job events in batches, submissions, and the transient progress and announcements.</summary>
    public MessagingRoles Watcher()
    {
        IsWatcher = true;
        return this;
    }

    internal int SlotsOf(IServiceProvider services) => Slots!(services);

    /// <summary>The handlers that the roles need and <paramref name="known"/> lacks.</summary>
    internal IEnumerable<Type> MissingHandlers(IServiceProviderIsService known) => Handlers().Where(type => !known.IsService(type));

    private IEnumerable<Type> Handlers()
    {
        if (IsHost)
        {
            yield return typeof(Handling.IMessageHandler<Contracts.Messages.RestoreImage>);
            yield return typeof(Handling.IMessageHandler<Contracts.Messages.CancelRestoration>);
        }

        if (IsWatcher)
        {
            yield return typeof(Handling.IMessageHandler<IReadOnlyList<Contracts.Messages.IJobEvent>>);
            yield return typeof(Handling.IMessageHandler<Contracts.Messages.SubmitRestoration>);
            yield return typeof(Handling.IMessageHandler<Contracts.Messages.RestorationProgressed>);
            yield return typeof(Handling.IMessageHandler<Contracts.Messages.HostAnnounced>);
        }
    }
}
