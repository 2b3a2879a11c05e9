using System.Text.RegularExpressions;

namespace DipPipeline.Deployment.Tests.Programs;

/// <summary>docker/Dockerfile, as far as tests ask: its stages and what each says.</summary>
internal sealed partial class ImageFile
{
    private readonly Dictionary<string, string> _arguments = new();
    private readonly Dictionary<string, (string From, List<(string Word, string Text)> Lines)> _stages = new();

    public ImageFile()
    {
        var text = Comment().Replace(File.ReadAllText(Repository.At("docker/Dockerfile")), "").Replace("\\\n", " ", StringComparison.Ordinal);
        List<(string, string)>? stage = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim()))
        {
            var (word, rest) = (line.Split(' ', 2)[0], line.Split(' ', 2)[1]);
            if (word == "FROM")
            {
                var parts = rest.Split(' ');
                _stages[parts[2]] = (parts[0], stage = []);
            }
            else if (stage is null)
            {
                _arguments[rest.Split('=', 2)[0]] = rest.Split('=', 2)[1];
            }
            else
            {
                stage.Add((word, rest));
            }
        }
    }

    /// <summary>The images that are taken from elsewhere.</summary>
    public IEnumerable<string> Bases => _stages.Values.Select(s => s.From).Where(from => !_stages.ContainsKey(from)).Select(from => Variable().Replace(from, m => _arguments[m.Groups[1].Value]));

    /// <summary>What a stage says, after what the stages it is made from do.</summary>
    public IEnumerable<(string Word, string Text)> Lines(string stage) => _stages.TryGetValue(stage, out var s) ? Lines(s.From).Concat(s.Lines) : [];

    public string Last(string stage, string word) => Lines(stage).Last(l => l.Word == word).Text;

    public Dictionary<string, string> Environment(string stage) => Lines(stage).Where(l => l.Word == "ENV")
        .SelectMany(l => l.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);

    [GeneratedRegex("(?m)^#.*\n")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Variable();
}
