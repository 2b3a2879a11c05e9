namespace DipPipeline.Contracts.Tasks;

/// <summary>Classical methods that a restoration is compared with.</summary>
public enum BaselineMethod
{
    /// <summary>No comparison.</summary>
    None,

    /// <summary>Non-local means (Buades, Coll, Morel 2005).</summary>
    NonLocalMeans,

    /// <summary>Bicubic interpolation.</summary>
    Bicubic,

    /// <summary>Fast-marching inpainting (Telea 2004).</summary>
    Telea,
}
