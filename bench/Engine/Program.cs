using DipPipeline.Bench;

// bench serve SIZE PRESET [key=value ...]        answers `run N`, `memory` and `quit` on standard input, one JSON line each
// bench impedance PICTURE SIDE OUT.png [key=value ...]
//     energy against iteration for four targets, the middle SIDE×SIDE of the picture: the seed argument of Deep Image Prior
// bench scan SAMPLE MEGAPIXELS OUT.png           a large picture, of a sample repeated and varied
// bench seams RESULT.png                         how visible the borders of its tiles are; 1 is not at all
return args switch
{
    ["serve", var size, var preset, .. var options] => Serve.Run(int.Parse(size, System.Globalization.CultureInfo.InvariantCulture), preset, options),
    ["impedance", var picture, var side, var output, .. var options] =>
        Impedance.Run(picture, int.Parse(side, System.Globalization.CultureInfo.InvariantCulture), output, options),
    ["scan", var sample, var megapixels, var output] => Scan.Make(sample, double.Parse(megapixels, System.Globalization.CultureInfo.InvariantCulture), output),
    ["seams", var picture] => Scan.Measure(picture),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("bench serve SIZE PRESET [key=value ...] | bench impedance PICTURE SIDE OUT.png [key=value ...] | bench scan SAMPLE MEGAPIXELS OUT.png | bench seams RESULT.png");
    return 2;
}
