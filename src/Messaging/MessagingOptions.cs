namespace DipPipeline.Messaging;

/// <summary>Section <c>Messaging</c>: where the broker is, and how long is waited for it. Checked when the process starts.</summary>
public sealed class MessagingOptions
{
    public const string Section = "Messaging";

    /// <summary>
    /// <c>amqp://user:password@host:port/vhost</c>, or <c>amqps</c> for TLS with the system's certificates; user and password default to
    /// <c>guest</c>, the port to 5672 (5671), the virtual host to <c>/</c>. Absent (the default): a bus inside this process, which
    /// loses its messages with it.
    /// </summary>
    public Uri? RabbitMq { get; set; }

    /// <summary>
    /// Between heart-beats on the connection; one that breaks without a word is noticed after about twice this. 1 s to 10 min, default
    /// 10 s. Ignored in memory.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a durable message may wait for the broker and its confirmation before sending it fails. Default 20 s.</summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long running handlers may go on when the process stops; then their deliveries are lost to them, and the messages go back to
    /// the queue. Default 12 s; at most <see cref="StopTimeout"/>.
    /// </summary>
    public TimeSpan ConsumerStopTimeout { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>
    /// How long stopping the whole bus may take, handlers included. Default 15 s; at most the process's
    /// <c>HostOptions.ShutdownTimeout</c>.
    /// </summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a returned message is held before the broker may deliver it again. Default 1 s.</summary>
    public TimeSpan ReturnDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Job events given to the handler at once, at most. 1 to 1000, default 100.</summary>
    public int EventBatch { get; set; } = 100;

    /// <summary>
    /// Transient messages kept at most: by a sender while the broker is slow, and by the broker for one receiver; the oldest go first.
    /// 1 to 100,000, default 1000.
    /// </summary>
    public int TransientCapacity { get; set; } = 1000;
}
