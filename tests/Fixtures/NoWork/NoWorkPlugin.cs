using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using TorchSharp;

namespace DipPipeline.Fixtures.NoWork;

/// <summary>A task with next to no work: what a job costs with it is what the pipeline around it costs.</summary>
public sealed class NoWorkPlugin : TaskPlugin
{
    private const string Hold = "hold";
    private const string Fault = "fault";

    /// <inheritdoc/>
    public override TaskDescriptor Descriptor { get; } = new()
    {
        Id = "nothing",
        Version = "1.0.0",
        Title = "Nothing",
        Formula = "E(x; x0) = ‖x − x0‖²",
        Options =
        [
            .. SolverOptions.All,
            new() { Name = Hold, Type = OptionType.Choice, Default = "", Help = "A file: an iteration takes as long as it is there, and leaves one beside it whose name ends in .held. Ignored where empty." },
            new() { Name = Fault, Type = OptionType.Choice, Default = "", Help = "A file: while it is there, an iteration fails with its text, as libtorch does, or as the type of exception that it begins with; where its name ends in .broken, this process computes wrongly from then on. Ignored where empty." },
        ],
        DefaultPreset = "once",
        Presets =
        [
            new()
            {
                Name = "once",
                Help = "One iteration of the smallest network.",
                Values = new Dictionary<string, string>
                {
                    ["channels-down"] = "2", ["channels-up"] = "2", ["channels-skip"] = "0", ["up-1x1"] = "false", ["input-channels"] = "2", ["input-noise"] = "0",
                    ["padding"] = "zero", ["iterations"] = "1", ["average-decay"] = "0", ["precision"] = "float32",
                },
            },
            new()
            {
                Name = "short",
                Help = "Some seconds of a small network.",
                Values = new Dictionary<string, string>
                {
                    ["channels-down"] = "8,8", ["channels-up"] = "8,8", ["channels-skip"] = "0,0", ["up-1x1"] = "false", ["input-channels"] = "4", ["input-noise"] = "0.03",
                    ["padding"] = "zero", ["iterations"] = "600", ["precision"] = "float32", ["threads"] = "1",
                },
            },
        ],
    };

    /// <inheritdoc/>
    public override Problem Formulate(Observation observation, OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(observation);
        ArgumentNullException.ThrowIfNull(options);
        var x0 = observation.Picture;
        ForwardOperator forward = options.Text(Hold) is { Length: > 0 } file ? new Held(file) : options.Text(Fault) is { Length: > 0 } text ? new Faulty(text) : new Identity();
        return new Problem { Energy = new LeastSquares(forward, x0), Channels = (int)x0.shape[1], Height = (int)x0.shape[2], Width = (int)x0.shape[3] };
    }

    private sealed class Held(string file) : ForwardOperator
    {
        public override torch.Tensor Apply(torch.Tensor x)
        {
            if (File.Exists(file))
            {
                File.WriteAllText(file + ".held", "");
                while (File.Exists(file))
                {
                    Thread.Sleep(20);
                }
            }

            return x.alias();
        }

        public override torch.Tensor Adjoint(torch.Tensor y) => y.alias();
    }

    private sealed class LibtorchException(string words) : System.Runtime.InteropServices.ExternalException(words);

    private sealed class Faulty(string file) : ForwardOperator
    {
        public override torch.Tensor Apply(torch.Tensor x)
        {
            if (!File.Exists(file))
            {
                return x.alias();
            }

            if (file.EndsWith(".broken", StringComparison.Ordinal))
            {
                torch.set_default_dtype(torch.float16);
            }

            var words = File.ReadAllText(file);
            throw words.Split(':')[0] switch
            {
                nameof(InvalidOperationException) => new InvalidOperationException(words),
                nameof(InsufficientMemoryException) => new InsufficientMemoryException(words),
                _ => new LibtorchException(words),
            };
        }

        public override torch.Tensor Adjoint(torch.Tensor y) => y.alias();
    }
}
