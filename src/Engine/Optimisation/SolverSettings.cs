using System.Globalization;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Stopping;

namespace DipPipeline.Engine.Optimisation;

/// <summary>A job's effective options, typed.</summary>
public sealed record SolverSettings
{
    public required NetworkSettings Network { get; init; }
    public required InputSettings Input { get; init; }
    public required StoppingSettings Stopping { get; init; }
    public ObjectiveSettings Objective { get; init; } = new();

    /// <summary>Iterations at most.</summary>
    public required int Iterations { get; init; }

    /// <summary>Networks whose pictures are averaged; each has its share of the iterations.</summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>Networks of the ensemble that are fitted at the same time, of a picture restored as a whole; <see langword="null"/> chooses.</summary>
    public int? NetworksAtOnce { get; init; }

    public Optimiser Optimiser { get; init; } = Optimiser.Adam;

    public double LearningRate { get; init; } = 0.01;
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>Share of a network's iterations over which the rate rises from zero.</summary>
    public double Warmup { get; init; }

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double GradientClip { get; init; }

    /// <summary>Decay of the exponential average of the output; 0 keeps the last iterate.</summary>
    public double AverageDecay { get; init; } = 0.99;

    /// <summary>Share of a network's iterations, the last ones, that is averaged; 0 uses the exponential average.</summary>
    public double TailMean { get; init; }

    /// <summary>Standard deviation of the weights' perturbation, relative to the weights' own.</summary>
    public double ParameterNoise { get; init; }

    public double TvWeight { get; init; }

    /// <summary>Exponent of isotropic total variation; <see langword="null"/> for anisotropic.</summary>
    public double? TvBeta { get; init; } = 0.5;

    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Whether a GPU's work is recorded, where that pays.</summary>
    public bool CudaGraphs { get; init; } = true;

    /// <summary>Whether a GPU may use the engine's own kernels.</summary>
    public bool OwnKernels { get; init; } = true;

    /// <summary>CPU threads; <see langword="null"/> takes one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Iterations between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Channels of the network's input: of z and of the guide.</summary>
    /// <param name="height">Height of the picture that the network makes, pixels.</param>
    /// <param name="width">Its width.</param>
    /// <param name="channels">Its channels.</param>
    public int InputChannelsAt(int height, int width, int channels)
    {
        var (divisor, block) = (Network.InputDivisor, Network.InputDivisor * Network.InputDivisor);
        var z = Input.ChannelsAt(height / divisor, width / divisor, channels * block);
        return z + (block * Objective.ChannelsFor(channels));
    }

    /// <exception cref="InvalidOptionsException">Options that each are accepted do not go together.</exception>
    public static SolverSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new SolverSettings
        {
            Network = NetworkSettings.From(options),
            Input = InputSettings.From(options),
            Stopping = StoppingSettings.From(options),
            Objective = ObjectiveSettings.From(options),
            Iterations = options.Integer("iterations"),
            Ensemble = options.Integer("ensemble"),
            NetworksAtOnce = (int?)options.NumberOrAuto(SolverOptions.NetworksAtOnce),
            Optimiser = Enum.Parse<Optimiser>(options.Text("optimiser"), ignoreCase: true),
            LearningRate = options.Number("learning-rate"),
            Schedule = Enum.Parse<RateSchedule>(options.Text("learning-rate-schedule"), ignoreCase: true),
            Warmup = options.Number("learning-rate-warmup"),
            GradientClip = options.Number("gradient-clip"),
            AverageDecay = options.Number("average-decay"),
            TailMean = options.Number("tail-mean"),
            ParameterNoise = options.Number("parameter-noise"),
            TvWeight = options.Number("tv-weight"),
            TvBeta = options.Text("tv-kind") == "isotropic" ? options.Number("tv-beta") : null,
            Precision = Enum.Parse<Precision>(options.Text("precision"), ignoreCase: true),
            CudaGraphs = options.IsAuto("cuda-graphs"),
            OwnKernels = options.IsAuto("kernels"),
            Threads = options.IsAuto("threads") ? null : int.Parse(options.Text("threads"), CultureInfo.InvariantCulture),
            CheckpointEvery = options.Integer("checkpoint-every"),
        };
        return settings.Disagreement() is { } sentence ? throw new InvalidOptionsException([sentence]) : settings;
    }

    /// <summary>
    /// For a hole that is wider than the network sees: five scales or more without skips, up-sampled by repetition, on the coordinates (as the authors of Deep Image Prior
    /// fill regions), fitted by the energy, with the same optimiser. An ensemble's mean would blur what each network invents; fitted for long, a network
    /// puts the finest of what it has learnt elsewhere into the hole, too (bench/README.md, "Looked at").
    /// </summary>
    /// <param name="hole">Its width, pixels.</param>
    /// <param name="height">Of the picture, pixels.</param>
    /// <param name="width">Of the picture, pixels.</param>
    public SolverSettings Bridging(double hole, int height, int width)
    {
        const int LeastScales = 5;
        const int MostScales = 8;
        const int MostIterations = 600;
        const int MostIterationsOfAdam = 3000;
        var scales = Enumerable.Range(LeastScales, 1 + MostScales - LeastScales).TakeWhile(n => n == LeastScales || 1 << n <= Math.Min(height, width)).ToArray();
        // As wide as the finest scale, which is most of what a network keeps.
        var channels = Math.Max(Network.Down[0], Network.Up[0]);
        var networks = scales.Select(n => new NetworkSettings
        {
            Down = [.. Enumerable.Repeat(channels, n)],
            Up = [.. Enumerable.Repeat(channels, n)],
            Skip = new int[n],
            Upsampling = Upsampling.Nearest,
        }).ToArray();
        return this with
        {
            Network = networks.FirstOrDefault(n => n.ReceptiveField >= hole, networks[^1]),
            Input = Input with { Kind = InputKind.MeshGrid, Noise = 0.03 },
            Objective = new(),
            Ensemble = 1,
            Iterations = Math.Min(Iterations, Optimiser == Optimiser.Muon ? MostIterations : MostIterationsOfAdam),
        };
    }

    private string? Disagreement()
    {
        var hasGuide = Objective.ChannelsFor(picture: 1) > 0;
        return Input.Kind == InputKind.None && !hasGuide
            ? "Option 'input' is 'none' and the network is shown nothing else; accepted with it: objective recorrupted or blind-spot, or a guide."
            : Network.Kind == NetworkKind.DeepDecoder && (hasGuide || Input.Kind is InputKind.Picture)
            ? "Option 'network' is 'deep-decoder', which begins at its coarsest scale and can be shown no picture; accepted with it: objective energy, guide none, and any input but picture and none."
            : Input.Symmetries && Network.Shuffle > 1
            ? "Option 'symmetries' is true and 'pixel-shuffle' more than 1, whose blocks of pixels would not be turned with the picture; accepted: one of both."
            : Ensemble > 1 && TailMean > 0 && Stopping.Kind != StoppingKind.Fixed
            ? "Options 'ensemble' and 'tail-mean' average the last iterations of each network, which 'stop' would end before; accepted with both: stop fixed."
            : Stopping.Kind == StoppingKind.HeldOut && Objective.Kind != ObjectiveKind.Recorrupted
            ? "Option 'stop' is 'held-out', which needs an objective whose error can be estimated; accepted with it: objective recorrupted."
            : Ensemble > Iterations
            ? FormattableString.Invariant($"Option 'ensemble' is {Ensemble}, and {Iterations} iterations do not go round; accepted: an ensemble of 1 to {Iterations}, or at least {Ensemble} iterations.")
            : null;
    }

    /// <summary>Iterations at most of a network of the ensemble.</summary>
    /// <param name="member">Which, 0-based.</param>
    public int IterationsOf(int member) => member == Ensemble - 1 ? Iterations - IterationsBefore(member) : Iterations / Ensemble;

    /// <summary>Iterations at most of all networks of the ensemble before one of them.</summary>
    /// <param name="member">Which, 0-based.</param>
    public int IterationsBefore(int member) => member * (Iterations / Ensemble);

    /// <summary>What stopped a run: of an ensemble with a rule, its last network, and how many of all ended early.</summary>
    /// <param name="last">What stopped the last network.</param>
    /// <param name="endedEarly">Networks that the rule has ended before their last iteration.</param>
    public string Ended(string last, int endedEarly) => Ensemble == 1 || Stopping.Kind == StoppingKind.Fixed ? last
        : FormattableString.Invariant($"{last} (the last of {Ensemble} networks, by its own iterations; {endedEarly} of them ended before their last iteration)");

    /// <summary>The learning rate of a network's iteration, before any fall after a divergence.</summary>
    /// <param name="own">Iterations of the network before.</param>
    /// <param name="count">Those that it has at most.</param>
    public double RateAt(int own, int count)
    {
        var done = (double)own / count;
        var rise = Warmup > 0 ? Math.Min(1, (own + 1) / (Warmup * count)) : 1;
        var fall = Schedule switch
        {
            // Down to a hundredth: a rate of zero would waste the last iterations.
            RateSchedule.Cosine => 0.01 + (0.99 * 0.5 * (1 + Math.Cos(Math.PI * done))),
            RateSchedule.Step => done < 0.5 ? 1 : done < 0.75 ? 0.5 : 0.25,
            _ => 1,
        };
        return LearningRate * rise * fall;
    }
}

/// <summary>How parameters follow their gradient.</summary>
public enum Optimiser
{
    /// <summary>Kingma, Ba 2015.</summary>
    Adam,

    /// <summary>Matrices of weights by orthogonal steps, the rest by Adam (Jordan et al. 2024).</summary>
    Muon,
}

/// <summary>How the learning rate falls.</summary>
public enum RateSchedule
{
    Constant,

    /// <summary>Half a cosine, down to a hundredth.</summary>
    Cosine,

    /// <summary>Halved at one half and at three quarters of the iterations.</summary>
    Step,
}

/// <summary>What the network computes in. Parameters, moments, energy and averages are always float32.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the device computes it fast, else float32.</summary>
    Auto,
    Float32,
    BFloat16,
}
