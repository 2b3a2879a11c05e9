using DipPipeline.Contracts.Messages;

namespace DipPipeline.Jobs.Commands;

/// <summary>A request in the inbox.</summary>
/// <param name="Number">What it is removed by.</param>
public sealed record SubmittedRestoration(long Number, SubmitRestoration Request);
