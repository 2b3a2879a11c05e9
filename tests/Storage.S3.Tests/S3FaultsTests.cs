using System.Net.Sockets;

namespace DipPipeline.Storage.S3.Tests;

public sealed class S3FaultsTests
{
    // As HttpClient lets it through where a connection is reset in the moment of its making.
    [Fact]
    public void Of_ABareSocketError_IsOneThatMayPass() =>
        Assert.IsType<IOException>(S3Faults.Of(new SocketException((int)SocketError.NotConnected), "s3://scans/photo.png"));

    // An answer that is no XML: a key with a control character, from a server that does not encode it.
    [Fact]
    public void Of_AnAnswerThatIsNoXml_IsOneThatMayPass() => Assert.IsType<IOException>(S3Faults.Of(new System.Xml.XmlException(), "s3://scans"));

    [Fact]
    public void Of_AnErrorOfThisProgram_IsNone() => Assert.Null(S3Faults.Of(new InvalidOperationException(), "s3://scans/photo.png"));
}
