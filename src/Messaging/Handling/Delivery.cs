namespace DipPipeline.Messaging.Handling;

/// <summary>How a message came.</summary>
/// <param name="IsRedelivered">
/// It, or one of the batch, was delivered before and not acknowledged. <see langword="false"/> says nothing for sure: a sender that
/// was not told of its success sends again.
/// </param>
/// <param name="SentAt">By the sender's clock (of a batch, the first's).</param>
public sealed record Delivery(bool IsRedelivered, DateTimeOffset? SentAt);
