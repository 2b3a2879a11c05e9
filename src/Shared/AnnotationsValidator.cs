using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace DipPipeline;

/// <summary>Says the sentences of a section's annotations, all at once. Compiled into each project that has such sections.</summary>
internal sealed class AnnotationsValidator<T> : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var faults = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(faults.Select(fault => fault.ErrorMessage!));
    }
}
