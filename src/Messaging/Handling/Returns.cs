using MassTransit;

namespace DipPipeline.Messaging.Handling;

/// <summary>How a message gets back into its queue.</summary>
internal abstract class Returns
{
    public abstract Task ReturnAsync<T>(ConsumeContext<T> context, ReturnMessageException reason)
        where T : class;

    public abstract bool IsRedelivered(ConsumeContext context);
}

/// <summary>Out of the handler, past the error queue (<see cref="RethrowReturned"/>): MassTransit refuses the message with requeue.</summary>
internal sealed class RabbitMqReturns : Returns
{
    public override Task ReturnAsync<T>(ConsumeContext<T> context, ReturnMessageException reason) =>
        Task.FromException(new ReturnMessageException(reason.Message, reason));

    public override bool IsRedelivered(ConsumeContext context) => context.ReceiveContext.Redelivered;
}

/// <summary>The bus in memory takes nothing back, so the message is sent again.</summary>
internal sealed class InMemoryReturns(Depth.InMemoryRestoreQueue depth) : Returns
{
    private const string Header = "Dip-Redelivered";

    public override async Task ReturnAsync<T>(ConsumeContext<T> context, ReturnMessageException reason)
    {
        var queue = await context.GetSendEndpoint(context.ReceiveContext.InputAddress).ConfigureAwait(false);
        await queue.Send(context.Message, send => send.Headers.Set(Header, "1"), context.CancellationToken).ConfigureAwait(false);
        if (typeof(T) == typeof(Contracts.Messages.RestoreImage))
        {
            depth.Sent();
        }
    }

    public override bool IsRedelivered(ConsumeContext context) => context.Headers.Get<string>(Header) is not null;
}
