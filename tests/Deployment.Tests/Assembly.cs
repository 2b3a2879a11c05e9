// Programs in sandboxes, and servers where Debian puts them.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Several tests start programs that take a processor each.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
