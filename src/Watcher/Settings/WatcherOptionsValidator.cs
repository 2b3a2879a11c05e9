using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>Everything that is wrong, at once, before anything is watched.</summary>
internal sealed class WatcherOptionsValidator(IOptions<StorageOptions> storage, TaskReader tasks) : IValidateOptions<WatcherOptions>
{
    public ValidateOptionsResult Validate(string? name, WatcherOptions options)
    {
        List<string> errors = [.. Times(options), .. Counts(options)];
        if (Storage() is { } places)
        {
            _ = FolderPlan.Make(options, places, tasks.Read(options), out var ofFolders);
            errors.AddRange(ofFolders);
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    // What is wrong with the storage itself is said by its own validator.
    private StorageOptions? Storage()
    {
        try
        {
            return storage.Value;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Times(WatcherOptions o)
    {
        (string Name, TimeSpan Value, TimeSpan Least)[] times =
        [
            (nameof(o.RescanInterval), o.RescanInterval, TimeSpan.FromSeconds(1)),
            (nameof(o.PollingInterval), o.PollingInterval, TimeSpan.FromMilliseconds(100)),
            (nameof(o.ReconcileInterval), o.ReconcileInterval, TimeSpan.FromSeconds(1)),
            (nameof(o.SilentAfter), o.SilentAfter, TimeSpan.Zero),
            (nameof(o.LostAfter), o.LostAfter, o.ReconcileInterval),
            (nameof(o.StabilityWindow), o.StabilityWindow, TimeSpan.Zero),
            (nameof(o.CompanionTimeout), o.CompanionTimeout, TimeSpan.Zero),
            (nameof(o.UnreadableTimeout), o.UnreadableTimeout, TimeSpan.Zero),
        ];
        return times.Where(t => t.Value < t.Least || t.Value > TimeSpan.FromDays(30))
            .Select(t => $"Watcher:{t.Name} is '{t.Value}'; accepted: {t.Least:c} to 30 days.");
    }

    private static IEnumerable<string> Counts(WatcherOptions o)
    {
        (string Name, int Value, int Most)[] counts =
        [
            (nameof(o.MessagesPerSlot), o.MessagesPerSlot, 1000),
            (nameof(o.MinimumOutstanding), o.MinimumOutstanding, 100_000),
            (nameof(o.RowsAhead), o.RowsAhead, 100_000),
            (nameof(o.Readers), o.Readers, 64),
        ];
        return counts.Where(c => c.Value < 1 || c.Value > c.Most).Select(c => $"Watcher:{c.Name} is {c.Value}; accepted: 1 to {c.Most}.");
    }
}
