using Microsoft.Extensions.Options;

namespace DipPipeline.Storage;

/// <summary>Every kind of store that the program knows, and which of them a root is of.</summary>
internal sealed class StoreKinds(IEnumerable<IStoreKind> kinds) : IValidateOptions<StorageOptions>
{
    private readonly IStoreKind[] _kinds = [.. kinds.OrderByDescending(k => k.Begins.Length)];

    public IArtifactStore Open(string root) => Of(root).Open(root);

    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        (string Name, string Root)[] roots = [(nameof(options.Inputs), options.Inputs), (nameof(options.Results), options.Results)];
        // Of an empty one the annotations speak.
        string[] faults = [.. roots.Where(r => !string.IsNullOrEmpty(r.Root) && Of(r.Root).Fault(r.Root) is not null).Select(r => $"{StorageOptions.Section}:{r.Name} {Of(r.Root).Fault(r.Root)}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IStoreKind Of(string root) => Array.Find(_kinds, k => root.StartsWith(k.Begins, StringComparison.OrdinalIgnoreCase))!;
}
