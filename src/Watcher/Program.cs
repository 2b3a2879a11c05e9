using DipPipeline.Watcher;

return await WatcherProgram.RunAsync(args).ConfigureAwait(false);
