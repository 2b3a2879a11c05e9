using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace DipPipeline.Storage.S3;

/// <summary>The few requests that a store is made of, below one prefix. Paths are relative to it; failures are the storage's own.</summary>
internal sealed class S3Bucket(IAmazonS3 client, S3Root root)
{
    // The most that S3 gives to a key, in bytes of UTF-8.
    private const int LongestKey = 1024;

    private readonly string _prefix = root.Prefix.Length == 0 ? "" : root.Prefix + "/";

    public string Describe(string path) => path.Length == 0 ? root.ToString() : $"{root}/{path}";

    /// <summary>The key of a file.</summary>
    /// <exception cref="ArtifactPathException">It is none.</exception>
    /// <exception cref="PathTooLongException">It is longer than keys may be.</exception>
    public string Key(string path)
    {
        var key = _prefix + ArtifactPath.Check(path);
        return System.Text.Encoding.UTF8.GetByteCount(key) is var length && length > LongestKey
            ? throw new PathTooLongException($"'{Describe(path)}' has a key of {length} bytes; accepted: at most {LongestKey}.")
            : key;
    }

    /// <summary>What begins the keys of all that lies in a folder; the empty one is the root.</summary>
    public string FolderPrefix(string folder) => folder.Length == 0 ? _prefix : Key(folder) + "/";

    public async Task<ArtifactInfo?> HeadAsync(string path, CancellationToken cancellation)
    {
        var key = Key(path);
        try
        {
            var head = await AskAsync(path, () => client.GetObjectMetadataAsync(root.Bucket, key, cancellation)).ConfigureAwait(false);
            return new ArtifactInfo(path, head.ContentLength, Time(head.LastModified), head.ETag);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <param name="path">Where.</param>
    /// <param name="range">The part of it; <see langword="null"/> for the whole.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Task<GetObjectResponse> GetAsync(string path, ByteRange? range, CancellationToken cancellation)
    {
        var request = new GetObjectRequest { BucketName = root.Bucket, Key = Key(path), ByteRange = range };
        return AskAsync(path, () => client.GetObjectAsync(request, cancellation));
    }

    /// <summary>The whole of a small object, or a small part of one; <see langword="null"/> where there is none.</summary>
    public async Task<byte[]?> ReadAsync(string path, ByteRange? range, CancellationToken cancellation)
    {
        try
        {
            using var answer = await GetAsync(path, range, cancellation).ConfigureAwait(false);
            return await AskAsync(path, async () =>
            {
                // A server may ignore the range, and send the whole: no more of it is taken than was asked for.
                if (range is not null && answer.HttpStatusCode == HttpStatusCode.OK)
                {
                    return await PartAsync(answer.ResponseStream, range, cancellation).ConfigureAwait(false);
                }

                using var bytes = new MemoryStream();
                await answer.ResponseStream.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
                return bytes.ToArray();
            }).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        // The object ends before the part begins.
        catch (StorageUnavailableException e) when (S3Faults.AnswerOf(e)?.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return [];
        }
    }

    /// <summary>A part of what is read from its beginning; no more of it is read than that.</summary>
    internal static async Task<byte[]> PartAsync(Stream whole, ByteRange range, CancellationToken cancellation)
    {
        var (buffer, left) = (new byte[64 << 10], range.Start);
        while (left > 0 && await whole.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellation).ConfigureAwait(false) is var skipped and > 0)
        {
            left -= skipped;
        }

        var part = new byte[range.End - range.Start + 1];
        var read = await whole.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return part[..read];
    }

    /// <summary>Writes an object at once: it appears as a whole, or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="ifNone">Only where there is no object yet.</param>
    /// <param name="cancellation">Gives up; whether it was written is not known then.</param>
    /// <returns><see langword="false"/> where there is one.</returns>
    public async Task<bool> PutAsync(string path, ReadOnlyMemory<byte> bytes, bool ifNone, CancellationToken cancellation)
    {
        var request = new PutObjectRequest
        {
            BucketName = root.Bucket,
            Key = Key(path),
            InputStream = new BytesStream(bytes),
            // In one piece, so that its hash is part of the signature: what arrives is what was sent.
            UseChunkEncoding = false,
            IfNoneMatch = ifNone ? "*" : null,
        };
        return await AskAsync(path, async () =>
        {
            try
            {
                await client.PutObjectAsync(request, cancellation).ConfigureAwait(false);
                return true;
            }
            catch (AmazonS3Exception e) when (ifNone && e.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return false;
            }
        }).ConfigureAwait(false);
    }

    public Task DeleteAsync(string path, CancellationToken cancellation) => DeleteKeyAsync(Key(path), path, cancellation);

    public Task DeleteKeyAsync(string key, string place, CancellationToken cancellation) =>
        AskAsync(place, () => client.DeleteObjectAsync(root.Bucket, key, cancellation));

    /// <summary>A page of the objects below a prefix, or of those directly there and the prefixes within it.</summary>
    /// <param name="folder">The folder, for messages.</param>
    /// <param name="isDeep">All below it.</param>
    /// <param name="continuation">Of the page before.</param>
    /// <param name="most">At most so many at once; 1000 is the most that a server gives.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ListObjectsV2Response> ListAsync(string folder, bool isDeep, string? continuation, int most, CancellationToken cancellation)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = root.Bucket,
            Prefix = FolderPrefix(folder),
            Delimiter = isDeep ? null : "/",
            ContinuationToken = continuation,
            MaxKeys = most,
            // One key with a character that XML has no place for would make the listing unreadable.
            Encoding = EncodingType.Url,
        };
        return AskAsync(folder, async () => Decoded(await client.ListObjectsV2Async(request, cancellation).ConfigureAwait(false)));
    }

    // A server that does not know the encoding says nothing of it.
    private static ListObjectsV2Response Decoded(ListObjectsV2Response page)
    {
        if (page.Encoding == EncodingType.Url)
        {
            page.S3Objects?.ForEach(found => found.Key = WebUtility.UrlDecode(found.Key));
            page.CommonPrefixes = page.CommonPrefixes?.ConvertAll(WebUtility.UrlDecode)!;
        }

        return page;
    }

    /// <summary>Every object below a folder.</summary>
    public async IAsyncEnumerable<S3Object> AllAsync(string folder, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (string? next = null; ;)
        {
            var page = await ListAsync(folder, isDeep: true, next, 1000, cancellation).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
            {
                yield return found;
            }

            if ((next = page.IsTruncated == true ? page.NextContinuationToken : null) is null)
            {
                yield break;
            }
        }
    }

    /// <summary>The requests of an object that is written in parts.</summary>
    public ObjectWriter Writer(string path, int partBytes, CancellationToken cancellation) => new(client, this, root.Bucket, path, partBytes, cancellation);

    /// <summary>By the storage's clock.</summary>
    public static DateTimeOffset Time(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : default;

    /// <summary>Has a request fail as the storage does.</summary>
    public async Task<T> AskAsync<T>(string path, Func<Task<T>> request)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (Exception e) when (S3Faults.Of(e, Describe(path)) is { } fault)
        {
            throw fault;
        }
    }
}
