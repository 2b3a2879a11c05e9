using DipPipeline.Contracts.Messages;
using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>A private folder of one attempt: the sources as they were hashed, the checkpoint, and the outputs until they are committed.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _folder;

    public Scratch(string parent)
    {
        _folder = Path.Join(Path.GetFullPath(parent), $"dip-host-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_folder);
        Inputs = Path.Join(_folder, "in");
        Outputs = Path.Join(_folder, "out");
        Checkpoint = Path.Join(_folder, "checkpoint.zip");
    }

    /// <summary>The sources, each under its path in the storage.</summary>
    public string Inputs { get; }

    public string Outputs { get; }

    public string Checkpoint { get; }

    /// <summary>Where a source lies once it is fetched.</summary>
    public string Local(SourceFile source) => Path.Join(Inputs, source.Path);

    /// <summary>A sentence about files of this folder, with their paths in the storage.</summary>
    public string Outward(string sentence) => sentence.Replace(Inputs + "/", "", StringComparison.Ordinal);

    /// <summary>Copies a source here and hashes the copy's bytes on their way.</summary>
    /// <param name="inputs">Where it lies.</param>
    /// <param name="source">Which. No more than its length is copied.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>
    /// What was found, or <see langword="null"/> where there is no file. Of a longer one, whose rest nobody has read, the hash is empty and
    /// the length one more.
    /// </returns>
    public async Task<SourceFile?> FetchAsync(IArtifactStore inputs, SourceFile source, CancellationToken cancellation)
    {
        var local = Local(source);
        Directory.CreateDirectory(Path.GetDirectoryName(local)!);
        try
        {
            var found = source;
            await inputs.ReadAsync(source.Path, from =>
            {
                using var to = new FileStream(local, FileMode.Create, FileAccess.Write, FileShare.Read);
                found = HashingCopy.Sha256(from, to, source.Length) is { } sha256
                    ? source with { Sha256 = sha256, Length = to.Length }
                    : source with { Sha256 = "", Length = source.Length + 1 };
            }, cancellation).ConfigureAwait(false);
            return found;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            return; // Cleaned from outside.
        }
        catch (IOException)
        {
            return; // An abandoned optimisation still writes there; the system cleans its temporary folder.
        }
    }
}
