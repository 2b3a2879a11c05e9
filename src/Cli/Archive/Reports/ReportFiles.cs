namespace DipPipeline.Cli.Archive;

/// <summary>What <c>dip archive report</c> wrote.</summary>
internal sealed record ReportFiles(string Csv, string Html);
