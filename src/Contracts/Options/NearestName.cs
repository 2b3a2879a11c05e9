namespace DipPipeline.Contracts.Options;

/// <summary>Finds the name a person probably meant, by edit distance.</summary>
public static class NearestName
{
    /// <summary>" (did you mean 'x'?)" or nothing.</summary>
    public static string Hint(string given, IEnumerable<string> names) =>
        Find(given, names) is { } name ? $" (did you mean '{name}'?)" : "";

    /// <summary>The nearest of <paramref name="names"/>, or <see langword="null"/> when none is within a third of its length plus one.</summary>
    public static string? Find(string given, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(given);
        var best = names.Select(name => (Name: name, Distance: Distance(given, name))).OrderBy(n => n.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= 1 + (best.Name.Length / 3) ? best.Name : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
