using MassTransit;

namespace DipPipeline.Messaging.Handling;

/// <summary>First in the error pipe: a returned message is rethrown, which has RabbitMQ put it back; others go on to the error queue.</summary>
internal sealed class RethrowReturned : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
        context.Exception is ReturnMessageException returned
            ? Task.FromException(new ReturnMessageException(returned.Message, returned))
            : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("return");
}
