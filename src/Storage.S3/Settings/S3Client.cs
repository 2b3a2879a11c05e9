using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace DipPipeline.Storage.S3;

/// <summary>The SDK's client, as the settings say.</summary>
internal static class S3Client
{
    public static AmazonS3Config Config(S3Options options)
    {
        // The storage's pipeline tries again, each operation as a whole; tries within its tries would only multiply them. Those after a cut
        // connection have a count of their own, ten; joining an upload's parts a second time is then refused, since the first has done it.
        var config = new AmazonS3Config { MaxErrorRetry = 0, MaxStaleConnectionRetries = 0, ForcePathStyle = options.HasPathStyle };
        if (options.Profile is { Length: > 0 } profile)
        {
            config.Profile = new Profile(profile);
        }

        if (options.Endpoint is { Length: > 0 } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region is { Length: > 0 } region ? region : "us-east-1";
            // Many servers do not know the checksums that the SDK would add of its own accord. The payload's hash is signed either way.
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        else if (options.Region is { Length: > 0 } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }
}
