using System.Globalization;

namespace DipPipeline.Contracts.Options;

/// <summary>
/// The effective options of one job: every option of the schema with its value, in the schema's order.
/// Made by <see cref="OptionResolver"/>, so every value has already been checked.
/// </summary>
public sealed class OptionSet
{
    private readonly Dictionary<string, string> _values;

    internal OptionSet(IEnumerable<KeyValuePair<string, string>> values)
    {
        var all = values.ToArray();
        Values = all;
        _values = all.ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
    }

    /// <summary>Name and canonical text of each option.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values { get; }

    /// <summary>The canonical text of <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">The task's schema has no such option.</exception>
    public string Text(string name) => _values.TryGetValue(name, out var value)
        ? value
        : throw new KeyNotFoundException($"This task's schema has no option '{name}'.");

    public bool IsAuto(string name) => Text(name) == OptionDescriptor.Auto;

    public int Integer(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    public double Number(string name) => double.Parse(Text(name), CultureInfo.InvariantCulture);

    /// <summary>The number, or <see langword="null"/> for <c>auto</c>.</summary>
    public double? NumberOrAuto(string name) => IsAuto(name) ? null : Number(name);

    public bool Flag(string name) => Text(name) == "true";

    public IReadOnlyList<int> Integers(string name) =>
        [.. Text(name).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(v => int.Parse(v, CultureInfo.InvariantCulture))];
}
