using System.Text;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Archive;

/// <summary>The text of a manifest.</summary>
internal static class Text
{
    private const int BufferBytes = 256 << 10;

    /// <summary>UTF-8, with or without a byte order mark; other bytes are an error, as they would name other files.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public static StreamReader Open(string file)
    {
        try
        {
            return new StreamReader(
                new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, BufferBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The manifest '{file}' cannot be read: {Failure.Sentence(e)}", e);
        }
    }
}
