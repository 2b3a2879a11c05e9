namespace DipPipeline.Cli.Archive;

/// <summary>Names the pictures of an archive run. It is read as a stream, and may be read again.</summary>
internal interface IManifest
{
    /// <summary>As it was named.</summary>
    string Name { get; }

    /// <exception cref="Contracts.RefusedException">It is no manifest at all: it cannot be read, or a column is unknown.</exception>
    IEnumerable<WrittenRow> Rows();

    /// <summary>What <see cref="WrittenRow.Options"/> says.</summary>
    /// <exception cref="Contracts.RefusedException">It says nothing that can be understood; one sentence.</exception>
    IReadOnlyList<KeyValuePair<string, string>> Options(string text);
}
