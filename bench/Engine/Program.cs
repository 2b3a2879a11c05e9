using DipPipeline.Bench;

// bench impedance PICTURE SIDE OUT.png [key=value ...]
//     energy against iteration for four targets, the middle SIDE×SIDE of the picture: the seed argument of Deep Image Prior
// The engine's speed, memory and quality are measured by `dip bench engine`.
return args switch
{
    ["impedance", var picture, var side, var output, .. var options] =>
        Impedance.Run(picture, int.Parse(side, System.Globalization.CultureInfo.InvariantCulture), output, options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("bench impedance PICTURE SIDE OUT.png [key=value ...]");
    return 2;
}
