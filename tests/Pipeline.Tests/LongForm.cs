namespace DipPipeline.Pipeline.Tests;

/// <summary>With <c>DIP_LONG=true</c> some tests take as long as what they are about does: for bench/README.md, not for every run.</summary>
internal static class LongForm
{
    private static readonly bool s_isOn = Environment.GetEnvironmentVariable("DIP_LONG") == "true";

    public static T Or<T>(T shortly, T atLength) => s_isOn ? atLength : shortly;
}
