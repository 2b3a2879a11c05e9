using DipPipeline.Messaging.Topology;

namespace DipPipeline.Messaging.Tests;

public sealed class BrokerAddressTests
{
    [Theory]
    [InlineData("amqp://broker", "broker", 5672, "/", "guest", "guest", false)]
    [InlineData("amqp://broker/", "broker", 5672, "/", "guest", "guest", false)]
    [InlineData("amqps://u:p@broker/v", "broker", 5671, "v", "u", "p", true)]
    [InlineData("amqp://us%40er:p%3Aw%2Fd@broker:1234/a%2Fb", "broker", 1234, "a/b", "us@er", "p:w/d", false)]
    [InlineData("amqp://u:@[::1]:5/v", "[::1]", 5, "v", "u", "", false)]
    public void Of_Address_HasItsPartsAndDefaults(string address, string host, int port, string virtualHost, string user, string password, bool tls)
    {
        Assert.Null(BrokerAddress.Fault(new Uri(address)));

        Assert.Equal(new BrokerAddress(host, (ushort)port, virtualHost, user, password, tls), BrokerAddress.Of(new Uri(address)));
    }

    [Fact]
    public void ToString_Password_IsNotShown() =>
        Assert.Equal("amqp://broker:5672/v", BrokerAddress.Of(new Uri("amqp://u:secret@broker/v")).ToString());
}
