using System.ComponentModel.DataAnnotations;

namespace DipPipeline.Storage.S3;

/// <summary>
/// Section <c>Storage:S3</c>: how the server of roots like <c>s3://BUCKET/PREFIX</c> is reached. The same for the Watcher and every Host.
/// Credentials come by the SDK's own chain: environment, a profile, or the role of the machine, pod or container.
/// </summary>
public sealed class S3Options : IValidatableObject
{
    public const string Section = $"{StorageOptions.Section}:S3";

    private const int Mebibyte = 1 << 20;

    /// <summary>The server, <c>https://minio.example:9000</c>. Default: none, Amazon's own of the <see cref="Region"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>
    /// <c>eu-central-1</c>. Default: what the SDK's chain says (<c>AWS_REGION</c>, the profile, the machine); with an
    /// <see cref="Endpoint"/> <c>us-east-1</c>, which servers other than Amazon's take for any.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>A profile of the shared files of credentials (<c>~/.aws</c>). Default: the SDK's chain.</summary>
    public string? Profile { get; set; }

    /// <summary>
    /// Whether the bucket is a part of the path, not of the host's name. Default: with an <see cref="Endpoint"/>, whose server rarely has
    /// a name for each bucket; without one not.
    /// </summary>
    public bool? PathStyle { get; set; }

    /// <summary>
    /// How a claim is created that only one of several may have. Default <see cref="ConditionalWrites.Auto"/>. All programs of a farm must
    /// do it in the same way.
    /// </summary>
    public ConditionalWrites ConditionalWrites { get; set; } = ConditionalWrites.Auto;

    /// <summary>
    /// Bytes of a part: larger objects are sent in parts, each held in memory while it is written; 10,000 parts are the most that an
    /// object may have. Default 16 MiB.
    /// </summary>
    [Range(5 * Mebibyte, 1024 * Mebibyte, ErrorMessage = $"{Section}:PartBytes is outside of 5242880 (5 MiB) to 1073741824 (1 GiB).")]
    public int PartBytes { get; set; } = 16 * Mebibyte;

    /// <summary>Whether the bucket is a part of the path, all considered.</summary>
    internal bool HasPathStyle => PathStyle ?? Endpoint is { Length: > 0 };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Endpoint is { Length: > 0 } && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            yield return new($"{Section}:Endpoint is '{Endpoint}'; accepted: an address such as https://minio.example:9000.");
        }

        if (!Enum.IsDefined(ConditionalWrites))
        {
            yield return new($"{Section}:ConditionalWrites is '{ConditionalWrites}'; accepted: Auto, Yes, No.");
        }

        if (Endpoint is not { Length: > 0 } && Region is { Length: > 0 } && !Amazon.RegionEndpoint.EnumerableAllRegions.Any(r => r.SystemName == Region))
        {
            yield return new($"{Section}:Region is '{Region}'; accepted: a region of Amazon's such as eu-central-1, or any name beside a {Section}:Endpoint.");
        }
    }
}

/// <summary>How an object is created only where there is none.</summary>
public enum ConditionalWrites
{
    /// <summary>The store is asked, once, by writing a small object twice.</summary>
    Auto,

    /// <summary>The store refuses a write with <c>If-None-Match: *</c> where there is an object, atomically.</summary>
    Yes,

    /// <summary>It does not; writers agree among themselves.</summary>
    No,
}
