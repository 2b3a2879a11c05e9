using DipPipeline.Contracts.Options;

namespace DipPipeline.Engine.Objectives;

/// <summary>What is minimised and what the network is shown for it.</summary>
public sealed record ObjectiveSettings
{
    public ObjectiveKind Kind { get; init; } = ObjectiveKind.Energy;

    /// <summary>The picture beside z; the self-supervised objectives bring their own.</summary>
    public GuideKind Guide { get; init; } = GuideKind.None;

    /// <summary>α of recorruption.</summary>
    public double Recorruption { get; init; } = 0.5;

    /// <summary>Largest share of the known pixels that a blind-spot iteration drops.</summary>
    public double Dropped { get; init; } = 0.3;

    /// <summary>What the blind spot does about a hole that is wider than the network sees.</summary>
    public WideHoles WideHoles { get; init; } = WideHoles.BlindSpot;

    /// <summary>Whether the network is shown the answer of the task's classical method.</summary>
    public bool ShowsEstimate => Kind == ObjectiveKind.Energy && Guide == GuideKind.Estimate;

    /// <summary>Channels of the guide for a picture of so many.</summary>
    public int ChannelsFor(int picture) => Kind switch
    {
        ObjectiveKind.Recorrupted => picture,
        ObjectiveKind.BlindSpot => picture + 1,
        _ => Guide == GuideKind.None ? 0 : picture,
    };

    public static ObjectiveSettings From(OptionSet options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ObjectiveSettings
        {
            Kind = Enum.Parse<ObjectiveKind>(options.Text("objective").Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            Guide = Enum.Parse<GuideKind>(options.Text("guide"), ignoreCase: true),
            Recorruption = options.Number("recorruption"),
            Dropped = options.Number("dropped"),
            WideHoles = Enum.Parse<WideHoles>(options.Text("wide-holes").Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
        };
    }
}

/// <summary>What is minimised.</summary>
public enum ObjectiveKind
{
    /// <summary>The task's energy.</summary>
    Energy,

    /// <summary>Recorrupted-to-recorrupted (Pang et al. 2021).</summary>
    Recorrupted,

    /// <summary>The energy of pixels that the network was not shown (Quan et al. 2020).</summary>
    BlindSpot,
}

/// <summary>What fills a hole that is wider than the network sees.</summary>
public enum WideHoles
{
    /// <summary>The blind spot all the same.</summary>
    BlindSpot,

    /// <summary>Another network, deep enough, by the energy: <see cref="Optimisation.SolverSettings.Bridging"/>.</summary>
    Bridge,
}

/// <summary>A picture that the network is shown beside z.</summary>
public enum GuideKind
{
    None,

    /// <summary>What was observed, at the restored picture's size.</summary>
    Observation,

    /// <summary>The answer of the task's classical method.</summary>
    Estimate,
}
