using DipPipeline.Bench;

// bench serve SIZE PRESET [key=value ...]        answers `run N`, `memory` and `quit` on standard input, one JSON line each
// bench impedance PICTURE SIDE OUT.png [key=value ...]
//     energy against iteration for four targets, the middle SIDE×SIDE of the picture: the seed argument of Deep Image Prior
return args switch
{
    ["serve", var size, var preset, .. var options] => Serve.Run(int.Parse(size, System.Globalization.CultureInfo.InvariantCulture), preset, options),
    ["impedance", var picture, var side, var output, .. var options] =>
        Impedance.Run(picture, int.Parse(side, System.Globalization.CultureInfo.InvariantCulture), output, options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("bench serve SIZE PRESET [key=value ...] | bench impedance PICTURE SIDE OUT.png [key=value ...]");
    return 2;
}
