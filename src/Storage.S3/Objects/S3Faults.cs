using System.Net;
using System.Net.Sockets;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;

namespace DipPipeline.Storage.S3;

/// <summary>
/// What a failure means, in the words of the storage: <see cref="IOException"/> for what may pass, and is tried again; everything else is
/// an answer, which the next attempt would get as well.
/// </summary>
internal static class S3Faults
{
    // Answers that say "later", whatever their status: some servers give 400 or 403 for them.
    private static readonly HashSet<string> s_later = new(StringComparer.Ordinal)
    {
        "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        // Two writers at once, of which the store will not say who was first.
        "ConditionalRequestConflict", "OperationAborted",
        // Somebody tidied up: the write is begun anew, in parts of its own.
        "NoSuchUpload",
        // The SDK has measured the clocks' difference by now, and the next attempt is signed with it.
        "RequestTimeTooSkewed",
    };

    private static bool IsMissing(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is not ("NoSuchBucket" or "NoSuchUpload");

    /// <summary>The server's own answer, which made it unavailable.</summary>
    public static AmazonServiceException? AnswerOf(StorageUnavailableException e) => e.InnerException?.InnerException as AmazonServiceException;

    /// <returns>What is thrown in its place; <see langword="null"/> where it is none of the server's or the connection's.</returns>
    public static Exception? Of(Exception e, string place) => e switch
    {
        // Half of an answer says nothing, whatever its status.
        AmazonUnmarshallingException or XmlException => new IOException($"'{place}': {e.Message}", e),
        AmazonS3Exception missing when IsMissing(missing) => new FileNotFoundException($"'{place}' does not exist.", place, e),
        AmazonServiceException later when MayPass(later) => new IOException($"'{place}': {Words(later)}", e),
        AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } refused => new StorageRefusedException($"'{place}': {Words(refused)}", e),
        // A wrong bucket, region or request: for a person to mend, and what needs it waits until then.
        AmazonServiceException wrong => new StorageUnavailableException(place, new IOException(Words(wrong), e)),
        // No connection, one that was cut (bare where that is in the moment of its making), no answer in time, or no credentials to be had for now.
        AmazonClientException or HttpRequestException or SocketException or TimeoutException => new IOException($"'{place}': {e.Message}", e),
        OperationCanceledException { InnerException: TimeoutException } => new IOException($"'{place}': no answer in time.", e),
        _ => null,
    };

    private static bool MayPass(AmazonServiceException e) =>
        s_later.Contains(e.ErrorCode ?? "")
        || e.StatusCode is 0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        || (e.StatusCode >= HttpStatusCode.InternalServerError && e.StatusCode != HttpStatusCode.NotImplemented);

    private static string Words(AmazonServiceException e) => $"{(string.IsNullOrEmpty(e.ErrorCode) ? "" : e.ErrorCode + ": ")}{e.Message} ({(int)e.StatusCode})";
}
