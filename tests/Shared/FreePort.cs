using System.Net;
using System.Net.Sockets;

namespace DipPipeline.Tests.Servers;

/// <summary>
/// Ports for servers. Below the range that the system takes for outgoing connections: there, a client that tries again and again while
/// its server is down can be given the server's own port, and connect to itself.
/// </summary>
internal static class FreePort
{
    private static readonly HashSet<int> Given = [];

    public static int Next()
    {
        lock (Given)
        {
            while (true)
            {
                var port = Random.Shared.Next(12_000, 32_000);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
