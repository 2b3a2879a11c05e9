using DipPipeline.Energy;

namespace DipPipeline.Cli.Plugins;

/// <summary>Loads a task's plugin: the catalogue's own way, unless a test puts another in its place.</summary>
internal delegate TaskPlugin LoadTask(string task);
