using System.Globalization;
using System.Reflection;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DipPipeline;

/// <summary>What <c>--check</c> says: the values that are not accepted, and the names that are no setting, which nothing else would notice.</summary>
internal static class SettingsCheck
{
    /// <param name="services">Of the program, built and not started.</param>
    /// <param name="sections">The program's sections, and what each is bound to.</param>
    /// <exception cref="AggregateException">Everything that is wrong.</exception>
    public static void Run(IServiceProvider services, IReadOnlyDictionary<string, Type> sections)
    {
        List<Exception> wrong = [.. UnknownNames(services.GetRequiredService<IConfiguration>(), sections).Select(sentence => new RefusedException(sentence))];
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (Exception e) when (StartFault.Sentences(e).Count > 0)
        {
            wrong.Add(e);
        }

        if (wrong.Count > 0)
        {
            throw new AggregateException(wrong);
        }
    }

    /// <summary>
    /// One sentence for each. Sections of other programs are theirs to check, and what has no section is nobody's; but a section that is
    /// nearly one of ours is meant to be it.
    /// </summary>
    public static IEnumerable<string> UnknownNames(IConfiguration configuration, IReadOnlyDictionary<string, Type> sections)
    {
        foreach (var section in configuration.GetChildren().Where(section => section.GetChildren().Any()))
        {
            if (sections.Keys.FirstOrDefault(name => Same(name, section.Key)) is { } known)
            {
                foreach (var sentence in Unknown(section, sections[known], sections))
                {
                    yield return sentence;
                }
            }
            else if (NearestName.Find(section.Key, sections.Keys) is { } meant)
            {
                yield return $"'{section.Key}' is no section of settings (did you mean '{meant}'?).";
            }
        }
    }

    // A section may have another's within it, whose options its own do not know: Storage:S3.
    private static IEnumerable<string> Unknown(IConfigurationSection section, Type type, IReadOnlyDictionary<string, Type> sections)
    {
        if (Implements(type, typeof(IDictionary<,>)))
        {
            return [];
        }

        if (Implements(type, typeof(IList<>)))
        {
            var item = type.GetGenericArguments()[0];
            return section.GetChildren().SelectMany(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? Unknown(child, item, sections) : [$"'{child.Path}' is no setting: the parts of {section.Path} are counted from 0."]);
        }

        if (type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true || type.IsEnum)
        {
            return section.GetChildren().Select(child => $"'{child.Path}' is no setting: {section.Path} is a single value.");
        }

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).ToArray();
        return section.GetChildren().SelectMany(child => sections.Keys.FirstOrDefault(name => Same(name, child.Path)) is { } inner
            ? Unknown(child, sections[inner], sections)
            : Array.Find(properties, p => Same(p.Name, child.Key)) is { } property
            ? Unknown(child, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, sections)
            : [$"'{child.Path}' is no setting{NearestName.Hint(child.Key, properties.Select(p => p.Name))}."]);
    }

    private static bool Implements(Type type, Type shape) => type.IsGenericType && type.GetGenericTypeDefinition() == shape;

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
