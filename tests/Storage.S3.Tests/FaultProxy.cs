using System.Collections.Concurrent;
using DipPipeline.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DipPipeline.Storage.S3.Tests;

/// <summary>A way to an S3 server that fails as networks and servers do.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
    private readonly Uri _target;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly CancellationTokenSource _end = new();

    private FaultProxy(Uri target, WebApplication application, int port) => (_target, _application, Endpoint) = (target, application, S3Server.EndpointAt(port));

    public Uri Endpoint { get; }

    /// <summary>What becomes of a request, by its method, path and query.</summary>
    public Func<string, Fault> Plan { get; set; } = _ => Fault.None;

    /// <summary>Every request that came, whatever became of it.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Of the bodies of all answers.</summary>
    public long BytesSent { get; private set; }

    public static async Task<FaultProxy> StartAsync(S3Server server)
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        var application = builder.Build();
        var proxy = new FaultProxy(server.Endpoint, application, port);
        application.Run(proxy.ServeAsync);
        await application.StartAsync();
        return proxy;
    }

    /// <summary>Each request, whatever the values in its query or its random name, fails once, and then passes.</summary>
    public static Func<string, Fault> Once(Fault fault)
    {
        var seen = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        return request => seen.TryAdd(System.Text.RegularExpressions.Regex.Replace(request, "(uploadId|continuation-token)=[^&]*|[0-9a-f]{32}$", "$1"), true) ? fault : Fault.None;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _application.DisposeAsync();
        _client.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var request = $"{context.Request.Method} {target}";
        _requests.Enqueue(request);
        var fault = Plan(request);
        if (fault == Fault.CutInRequest)
        {
            // The server gets a part of it, and the client no answer.
            await context.Request.Body.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
            context.Abort();
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        switch (fault)
        {
            case Fault.SlowDown:
                await AnswerAsync(context, 503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
                return;
            case Fault.BadGateway:
                await AnswerAsync(context, 502, "<html><body>Bad gateway<br></body></html>");
                return;
            case Fault.Forbidden:
                await AnswerAsync(context, 403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
                return;
            case Fault.BadRequest:
                await AnswerAsync(context, 400, "<Error><Code>InvalidRequest</Code><Message>No such thing.</Message></Error>");
                return;
            case Fault.Silence:
                await Task.Delay(Timeout.Infinite, _end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
        }

        using var forwarded = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_target.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = body.Length > 0 ? new ByteArrayContent(body.ToArray()) : null,
        };
        foreach (var (name, value) in context.Request.Headers.Where(h => h.Key is not ("Connection" or "Expect" or "Content-Length") && !(fault == Fault.WholeObject && h.Key == "Range")))
        {
            _ = forwarded.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value) || forwarded.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value) == true;
        }

        using var answer = await _client.SendAsync(forwarded, HttpCompletionOption.ResponseHeadersRead, _end.Token);
        if (fault == Fault.AnswerLost)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers).Where(h => h.Key is not ("Connection" or "Transfer-Encoding" or "Keep-Alive")))
        {
            context.Response.Headers[name] = value.ToArray();
        }

        if (context.Request.Method == "HEAD")
        {
            return;
        }

        var content = await answer.Content.ReadAsByteArrayAsync(_end.Token);
        if (fault == Fault.CutInAnswer && content.Length == 0)
        {
            context.Abort();
            return;
        }
        else if (fault == Fault.CutInAnswer)
        {
            context.Response.ContentLength = content.Length + 1;
            await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        BytesSent += content.Length;
        if (content.Length > 0)
        {
            await context.Response.Body.WriteAsync(content);
        }
    }

    private static async Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        if (context.Request.Method != "HEAD")
        {
            await context.Response.WriteAsync(body);
        }
    }
}

/// <summary>What may become of a request.</summary>
public enum Fault
{
    None,

    /// <summary>503, as an S3 server says it.</summary>
    SlowDown,

    /// <summary>502, as a proxy before it says it.</summary>
    BadGateway,

    /// <summary>The connection is cut in the middle of the request.</summary>
    CutInRequest,

    /// <summary>The server does what it was asked, and the connection is cut before it answers.</summary>
    AnswerLost,

    /// <summary>The connection is cut in the middle of the answer.</summary>
    CutInAnswer,

    /// <summary>Neither an answer nor an end.</summary>
    Silence,

    /// <summary>The server knows no ranges, and sends the whole.</summary>
    WholeObject,

    Forbidden,

    BadRequest,
}
