using System.Text.RegularExpressions;

namespace DipPipeline.Storage.S3;

/// <summary><c>s3://BUCKET/PREFIX</c>; the prefix may be empty.</summary>
internal sealed partial record S3Root(string Bucket, string Prefix)
{
    public const string Begins = "s3://";

    /// <summary>What a root may look like, for messages.</summary>
    public const string Accepted = "s3://BUCKET or s3://BUCKET/PREFIX, the bucket of 3 to 63 small letters, digits, dots and hyphens, the prefix of names separated by single slashes";

    /// <returns><see langword="null"/> where it is no such root.</returns>
    public static S3Root? Parse(string root)
    {
        var at = root.StartsWith(Begins, StringComparison.OrdinalIgnoreCase) ? root[Begins.Length..].TrimEnd('/') : "";
        var end = at.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = end < 0 ? (at, "") : (at[..end], at[(end + 1)..]);
        return BucketName().IsMatch(bucket) && prefix.Split('/').All(part => part is not ("." or "..") && (part.Length > 0 || prefix.Length == 0))
            ? new S3Root(bucket, prefix)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Prefix.Length == 0 ? $"{Begins}{Bucket}" : $"{Begins}{Bucket}/{Prefix}";

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();
}
