namespace DipPipeline.Energy;

/// <summary>Kernels for reducing the resolution, each stretched by the factor so that nothing above the new Nyquist limit folds back.</summary>
public enum ResamplingKernel
{
    /// <summary>Lanczos with a = 2: sinc(t)·sinc(t/2), |t| &lt; 2. The original Deep Image Prior's.</summary>
    Lanczos2,

    /// <summary>Lanczos with a = 3: sinc(t)·sinc(t/3), |t| &lt; 3. What most programs call "Lanczos".</summary>
    Lanczos3,

    /// <summary>Cubic convolution with a = −0.5 (Keys 1981), antialiased.</summary>
    Bicubic,

    /// <summary>The mean over each block of pixels.</summary>
    Box,
}
