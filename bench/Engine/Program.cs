using DipPipeline.Bench;

// bench impedance PICTURE SIDE OUT.png [key=value ...]
//     energy against iteration for four targets, the middle SIDE×SIDE of the picture: the seed argument of Deep Image Prior
// bench scan SAMPLE MEGAPIXELS OUT.png           a large picture, of a sample repeated and varied
// bench seams RESULT.png [CLEAN.png]             how visible the borders of its tiles are; 1 is not at all; with the clean picture, in what it errs in
// The engine's speed, memory and quality are measured by `dip bench engine`.
return args switch
{
    ["impedance", var picture, var side, var output, .. var options] =>
        Impedance.Run(picture, int.Parse(side, System.Globalization.CultureInfo.InvariantCulture), output, options),
    ["scan", var sample, var megapixels, var output] => Scan.Make(sample, double.Parse(megapixels, System.Globalization.CultureInfo.InvariantCulture), output),
    ["seams", var picture] => Scan.Measure(picture, null),
    ["seams", var picture, var clean] => Scan.Measure(picture, clean),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("bench impedance PICTURE SIDE OUT.png [key=value ...] | bench scan SAMPLE MEGAPIXELS OUT.png | bench seams RESULT.png [CLEAN.png]");
    return 2;
}
