using DipPipeline.Contracts.Tasks;
using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>What a picture lacks.</summary>
internal static class RequiredCompanions
{
    /// <summary>The first companion that its task cannot do without, unless the picture's alpha stands in for it.</summary>
    public static CompanionDescriptor? Missing(TaskDescriptor task, SourceLook look) =>
        task.Companions.FirstOrDefault(c => c.Required && !look.Companions.ContainsKey(c.Name) && !(c.AlphaSubstitutes && HasAlpha(look)));

    public static string Sentence(SourceLook look, CompanionDescriptor missing) =>
        $"'{look.Picture.Path}' has no {missing.Name}; put '{Path.GetFileNameWithoutExtension(look.Picture.Path)}.{missing.Name}.png' beside it"
        + (missing.AlphaSubstitutes ? ", or give a picture with an alpha channel." : ".");

    private static bool HasAlpha(SourceLook look)
    {
        try
        {
            return AlphaHeader.IsIn(look.Picture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StorageUnavailableException)
        {
            return true; // Hashing it will fail in the same way, and says so.
        }
    }
}
