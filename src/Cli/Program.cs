using DipPipeline.Cli;
using DipPipeline.Cli.Terminals;

using var stop = new StopSignals();
return DipCommand.Run(args, Terminal.OfProcess(), stop: stop.Token);
