namespace DipPipeline.Engine.Networks;

/// <summary>How the encoder halves the resolution.</summary>
public enum Downsampling
{
    /// <summary>The convolution's own stride.</summary>
    Stride,

    /// <summary>Mean of 2×2 after the convolution.</summary>
    Avg,

    /// <summary>Maximum of 2×2 after the convolution.</summary>
    Max,

    /// <summary>A convolution that starts as the Lanczos2 kernel and is optimised like the others.</summary>
    Lanczos2,

    /// <summary>A convolution that starts as the Lanczos3 kernel and is optimised like the others.</summary>
    Lanczos3,
}

/// <summary>How the decoder doubles the resolution.</summary>
public enum Upsampling
{
    Nearest,
    Bilinear,
}

/// <summary>What convolutions see beyond the border.</summary>
public enum Padding
{
    Reflection,
    Zero,
    Replication,
}

/// <summary>The non-linearity after each batch norm.</summary>
public enum Activation
{
    /// <summary>Slope 0.2 below zero.</summary>
    LeakyReLU,
    ReLU,

    /// <summary>x·sigmoid(x).</summary>
    Swish,
    ELU,
}
