namespace DipPipeline.Storage;

/// <summary>
/// A server answered that this program may not do this: an answer, which the next attempt would get as well, unlike a permission that a
/// mounted folder lacks for a moment.
/// </summary>
public sealed class StorageRefusedException(string message, Exception inner) : UnauthorizedAccessException(message, inner);
