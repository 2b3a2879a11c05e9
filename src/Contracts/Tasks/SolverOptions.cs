using DipPipeline.Contracts.Options;

namespace DipPipeline.Contracts.Tasks;

/// <summary>
/// The engine's options, the same for every task: network, input, optimisation, averaging, stopping, regulariser, machine.
/// A task's schema is this list followed by the task's own; <see cref="WithDefaults"/> changes a default for one task.
/// </summary>
public static class SolverOptions
{
    /// <summary>Names of the options that the engine's tiles go by.</summary>
    public const string Tile = "tile", TileOverlap = "tile-overlap", TilesAtOnce = "tiles-at-once", NetworksAtOnce = "networks-at-once", Memory = "memory";

    public static IReadOnlyList<OptionDescriptor> All { get; } =
    [
        // Network
        Word("network", "skip", "The encoder-decoder with skip connections (Ulyanov et al. 2018), or the deep decoder (Heckel, Hand 2019), which has no encoder: of channels-down, as many as channels-up, and of filters, padding and skips it takes nothing.", "skip", "deep-decoder"),
        Word("trained", "all", "What is optimised: all parameters, or the batch norms' scales and shifts alone (deep random projector, Li et al. 2023).", "all", "affine"),
        List("channels-down", "128,128,128,128,128", 1, 1024, "Channels of the encoder at each scale, finest first; their count, 10 at most, is the number of scales."),
        List("channels-up", "128,128,128,128,128", 1, 1024, "Channels of the decoder at each scale, finest first."),
        List("channels-skip", "4,4,4,4,4", 0, 1024, "Channels of the skip connection at each scale, finest first; 0 leaves it out."),
        Odd("filter-down", "3", "Side of the encoder's filters, pixels."),
        Odd("filter-up", "3", "Side of the decoder's filters, pixels."),
        Odd("filter-skip", "1", "Side of the skip connections' filters, pixels."),
        Word("downsample", "stride", "How the encoder halves the resolution.", "stride", "avg", "max", "lanczos2", "lanczos3"),
        Word("upsample", "bilinear", "How the decoder doubles the resolution.", "nearest", "bilinear"),
        Word("padding", "reflection", "What convolutions see beyond the border.", "reflection", "zero", "replication"),
        Word("activation", "leaky-relu", "Non-linearity; leaky-relu has slope 0.2.", "leaky-relu", "relu", "swish", "elu"),
        Flag("up-1x1", true, "A second, 1x1 convolution at each decoder scale."),
        Flag("bias", true, "Biases in convolutions; those before a batch norm have no effect on the output."),
        Flag("sigmoid", true, "Squash the output to 0..1."),
        Real("sigmoid-margin", 0, 0, 1, "How far the sigmoid's range reaches beyond 0..1 on either side, so that black and white are not at its very ends; the result is clamped. Ignored without a sigmoid."),
        new() { Name = "pixel-shuffle", Type = OptionType.Integer, Default = "1", Choices = ["1", "2", "4"],
            Help = "Side of the blocks of pixels that the network treats as one: it works at a resolution so many times lower." },

        // Input
        Word("input", "noise-uniform", "The fixed input z of the network; none leaves it to the guide.", "noise-uniform", "noise-normal", "mesh-grid", "fourier", "picture", "none"),
        Whole("input-channels", 32, 1, 1024, "Channels of a noise input; ignored for the others."),
        Real("input-scale", 0.1, 0, 100, "Factor on a noise input; ignored for the others."),
        new() { Name = "fourier-octaves", Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 1, Maximum = 16, AllowsAuto = true,
            Help = "Octaves of Fourier features, sine and cosine of x and y each; auto takes as many as reach a period of four pixels. Ignored for other inputs." },
        Real("fourier-base", 2, 1.01, 16, "Ratio of frequencies between octaves of Fourier features; ignored for other inputs."),
        Real("input-noise", 0.03333, 0, 10, "Standard deviation of the normal noise added to the input at each iteration, in units of the input."),
        Flag("symmetries", false, "Mirror and transpose what the network sees, and its output back, another of the eight ways at each iteration."),
        Real("parameter-noise", 0, 0, 10, "Noise added to the convolution weights every 50th iteration, relative to their own standard deviation."),

        // Objective
        Word("objective", "energy", "What is minimised: the task's energy; or, where the network sees the observation, the energy against a recorrupted one (Pang et al. 2021), or of the pixels it was not shown (Quan et al. 2020).",
            "energy", "recorrupted", "blind-spot"),
        Word("guide", "none", "A picture the network is shown beside z, for objective energy: the observation, or the answer of the task's classical method.", "none", "observation", "estimate"),
        Real("recorruption", 0.5, 0.01, 10, "Noise added to what the network sees, relative to the observation's own; objective recorrupted only."),
        Word("wide-holes", "blind-spot", "What fills a hole wider than the network sees, for objective blind-spot: the blind spot all the same; or bridge, which fits five scales or more without skips, on the coordinates, to the picture (the tile) by its energy, and then the network itself for the narrower holes.", "blind-spot", "bridge"),
        Real("dropped", 0.3, 0.01, 0.99, "Largest share of the known pixels that the network is not shown at an iteration; objective blind-spot only."),

        // Optimisation
        Whole("iterations", 1800, 1, 1_000_000, "Iterations at most."),
        Word("optimiser", "adam", "How parameters follow their gradient: Adam (Kingma, Ba 2015); or Muon (Jordan et al. 2024), which makes the steps of weight matrices orthogonal, with Adam for all other parameters.", "adam", "muon"),
        Real("learning-rate", 0.01, 1e-7, 10, "Learning rate: Adam's; of Muon about the root mean square of a step, and Adam's for what is not Muon's."),
        Word("learning-rate-schedule", "constant", "How the learning rate falls over the iterations.", "constant", "cosine", "step"),
        Real("learning-rate-warmup", 0, 0, 1, "Share of a network's iterations over which the learning rate rises linearly from zero."),
        Real("gradient-clip", 0, 0, 1e9, "Largest norm of the gradient; 0 does not clip."),
        Real("average-decay", 0.99, 0, 0.99999, "Decay of the exponential average of the output; 0 keeps the last iterate."),
        Real("tail-mean", 0, 0, 1, "Share of a network's iterations, the last ones, whose outputs are averaged into the result; 0 uses the exponential average."),
        Whole("ensemble", 1, 1, 64, "Networks that share the iterations, each drawn anew and ended by stop by itself; the result is the mean of their pictures."),

        // Stopping
        Word("stop", "fixed", "When to stop, each network of an ensemble by itself, before the last iteration: never, at the noise level, at the least moving variance (exponential or windowed), or at the least estimated error of pixels held out of the objective (Yaman et al. 2022; objective recorrupted only).",
            "fixed", "discrepancy", "moving-variance", "windowed-variance", "held-out"),
        new() { Name = "noise-sigma", Type = OptionType.Number, Default = OptionDescriptor.Auto, Minimum = 0, Maximum = 255, AllowsAuto = true,
            Help = "Standard deviation of the noise in 0..255 units, for the discrepancy principle and objective recorrupted; auto estimates it from the picture." },
        Real("discrepancy-factor", 1, 0.1, 10, "Residual over noise at which the discrepancy principle stops."),
        Real("variance-alpha", 0.1, 0.001, 1, "Weight of the newest output in the exponential moving variance (Wang et al.)."),
        Whole("variance-window", 100, 2, 10_000, "Outputs in the windowed moving variance."),
        Real("held-out", 0.05, 0.001, 0.5, "Share of the pixels that stop=held-out keeps out of the objective; of a small picture 500 pixels or a quarter, if that is more."),
        Whole("patience", 1000, 1, 1_000_000, "Iterations without a new least moving variance, or held-out error, before the run, or a network of an ensemble, stops."),

        // Regulariser
        Real("tv-weight", 0, 0, 1000, "Weight of the total variation of the output."),
        Word("tv-kind", "isotropic", "Total variation by gradient magnitude or by axis.", "isotropic", "anisotropic"),
        Real("tv-beta", 0.5, 0.1, 4, "Exponent on the squared gradient magnitude; 0.5 is total variation proper. Isotropic only."),

        // Machine
        Word("precision", OptionDescriptor.Auto, "What the network computes in; auto takes bfloat16 where the device computes it fast.", "auto", "float32", "bfloat16"),
        new() { Name = "threads", Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 1, Maximum = 1024, AllowsAuto = true,
            Help = "CPU threads; auto takes one per core." },
        Word("cuda-graphs", OptionDescriptor.Auto, "On a GPU, whether an iteration's operations are recorded once and replayed; auto does so where the GPU has the memory for it.", "auto", "off"),
        Word("kernels", OptionDescriptor.Auto, "On a GPU, whether the engine's own kernels do, in bfloat16, what lies between convolutions, and the optimiser's step; libtorch takes its operations alone.", "auto", "libtorch"),
        new() { Name = Tile, Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 64, Maximum = 65_536, AllowsAuto = true, AllowsOff = true,
            Help = "Longest side, in pixels of the output, of the tiles that a picture is restored in; auto takes tiles only where the whole does not fit into memory." },
        new() { Name = TileOverlap, Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 0, Maximum = 32_768, AllowsAuto = true,
            Help = "Pixels of the output that neighbouring tiles share and are blended over; more than half a tile is half of it, auto takes an eighth of a tile, 64 at most. Ignored without tiles." },
        new() { Name = TilesAtOnce, Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 1, Maximum = 64, AllowsAuto = true,
            Help = "Tiles that are fitted at the same time, each with its share of the CPU threads; auto takes up to four on a CPU where tile gives their size and memory suffices, else one." },
        new() { Name = NetworksAtOnce, Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 1, Maximum = 64, AllowsAuto = true,
            Help = "Networks of an ensemble that are fitted at the same time to a picture restored as a whole, each with its share of the CPU threads; auto takes up to four on a CPU, as many as share the threads evenly, go round in the networks and fit into memory. Ignored in tiles, and where a wide hole is bridged first." },
        new() { Name = Memory, Type = OptionType.Integer, Default = OptionDescriptor.Auto, Minimum = 256, Maximum = 16_777_216, AllowsAuto = true,
            Help = "Memory the job may take, MiB (on a GPU the GPU's), by the engine's estimate; auto takes what is free, on a GPU nine tenths of all it has." },
        Whole("checkpoint-every", 500, 1, 1_000_000, "Iterations between checkpoints."),
    ];

    /// <summary>The engine's options with some defaults replaced, followed by a task's own.</summary>
    /// <exception cref="ArgumentException">A default names no option or is refused by it, or an own option repeats a name.</exception>
    public static IReadOnlyList<OptionDescriptor> WithDefaults(
        IReadOnlyDictionary<string, string> defaults, params IReadOnlyList<OptionDescriptor> own)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        if (defaults.Keys.FirstOrDefault(name => All.All(o => o.Name != name)) is { } unknown)
        {
            throw new ArgumentException($"The engine has no option '{unknown}'.", nameof(defaults));
        }

        if (own.FirstOrDefault(o => All.Any(e => e.Name == o.Name)) is { } repeated)
        {
            throw new ArgumentException($"The engine already has an option '{repeated.Name}'.", nameof(own));
        }

        return [.. All.Select(o => defaults.TryGetValue(o.Name, out var value) ? o with { Default = Checked(o, value) } : o), .. own];
    }

    private static string Checked(OptionDescriptor option, string value) => OptionResolver.Canonical(option, value)
        ?? throw new ArgumentException($"Option '{option.Name}' does not accept '{value}'; accepted: {option.Accepted}.");

    private static OptionDescriptor Whole(string name, int value, int low, int high, string help) =>
        new() { Name = name, Type = OptionType.Integer, Default = FormattableString.Invariant($"{value}"), Minimum = low, Maximum = high, Help = help };

    private static OptionDescriptor Real(string name, double value, double low, double high, string help) =>
        new() { Name = name, Type = OptionType.Number, Default = FormattableString.Invariant($"{value}"), Minimum = low, Maximum = high, Help = help };

    private static OptionDescriptor Flag(string name, bool value, string help) =>
        new() { Name = name, Type = OptionType.Boolean, Default = value ? "true" : "false", Help = help };

    private static OptionDescriptor Word(string name, string value, string help, params IReadOnlyList<string> choices) =>
        new() { Name = name, Type = OptionType.Choice, Default = value, Choices = choices, Help = help };

    private static OptionDescriptor List(string name, string value, int low, int high, string help) =>
        new() { Name = name, Type = OptionType.IntegerList, Default = value, Minimum = low, Maximum = high, Help = help };

    private static OptionDescriptor Odd(string name, string value, string help) =>
        new() { Name = name, Type = OptionType.Integer, Default = value, Choices = ["1", "3", "5", "7", "9", "11"], Help = help };
}
