namespace DipPipeline.Contracts.Options;

/// <summary>What kind of value an option takes.</summary>
public enum OptionType
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A real number, written with a decimal point.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>One word out of <see cref="OptionDescriptor.Choices"/>.</summary>
    Choice,

    /// <summary>Whole numbers separated by commas, such as channels per scale.</summary>
    IntegerList,
}
