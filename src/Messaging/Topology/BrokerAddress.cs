using RabbitMQ.Client;

namespace DipPipeline.Messaging.Topology;

/// <summary>The parts of an AMQP address, with their defaults.</summary>
internal sealed record BrokerAddress(string Host, ushort Port, string VirtualHost, string User, string Password, bool Tls)
{
    /// <summary>A sentence, or <see langword="null"/>. It never quotes the address, which may hold a password.</summary>
    public static string? Fault(Uri uri)
    {
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("amqp" or "amqps"))
        {
            return $"Messaging:RabbitMq {(uri.IsAbsoluteUri ? $"has the scheme '{uri.Scheme}'" : "is no address")}; accepted: amqp://user:password@host:port/vhost, or amqps.";
        }

        return uri.Host.Length == 0 ? "Messaging:RabbitMq names no host; accepted: amqp://user:password@host:port/vhost, or amqps." : null;
    }

    public static BrokerAddress Of(Uri uri)
    {
        var tls = uri.Scheme == "amqps";
        var credentials = uri.UserInfo.Split(':', 2);
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        return new BrokerAddress(
            uri.Host,
            (ushort)(uri.Port > 0 ? uri.Port : tls ? 5671 : 5672),
            path.Length > 0 ? path : "/",
            credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : "guest",
            credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : "guest",
            tls);
    }

    public ConnectionFactory Factory(TimeSpan heartbeat, string name) => new()
    {
        HostName = Host,
        Port = Port,
        VirtualHost = VirtualHost,
        UserName = User,
        Password = Password,
        Ssl = new SslOption(Host, enabled: Tls),
        RequestedHeartbeat = heartbeat,
        RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
        ContinuationTimeout = TimeSpan.FromSeconds(5),
        // A broken connection is replaced at the next use, when the topology is declared too.
        AutomaticRecoveryEnabled = false,
        ClientProvidedName = name,
    };

    public override string ToString() => $"{(Tls ? "amqps" : "amqp")}://{Host}:{Port}/{Uri.EscapeDataString(VirtualHost)}";
}
