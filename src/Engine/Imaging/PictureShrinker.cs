namespace DipPipeline.Engine.Imaging;

/// <summary>Averages a picture over squares of pixels as its rows come, for a preview.</summary>
internal sealed class PictureShrinker
{
    private readonly int _width, _height, _square, _channels, _samples;
    private readonly float[] _sums;
    private int _top;

    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="hasAlpha">Whether its bands have alpha.</param>
    /// <param name="longestSide">The result's longest side is between this and twice this, where the picture's is longer.</param>
    public PictureShrinker(int width, int height, int channels, bool hasAlpha, int longestSide)
    {
        _square = Math.Max(1, Math.Max(width, height) / longestSide);
        (_width, _height, _channels, _samples) = (width, height, channels, channels + (hasAlpha ? 1 : 0));
        (Width, Height) = ((width + _square - 1) / _square, (height + _square - 1) / _square);
        _sums = new float[Width * Height * _samples];
    }

    private int Width { get; }

    private int Height { get; }

    /// <summary>The next rows.</summary>
    public void Add(Picture band)
    {
        for (var sample = 0; sample < _samples; sample++)
        {
            var plane = sample < _channels ? band.Plane(sample) : band.Alpha;
            for (var y = 0; y < band.Height; y++)
            {
                var to = _sums.AsSpan(((sample * Height) + ((_top + y) / _square)) * Width, Width);
                var row = plane.Slice(y * _width, _width);
                for (var x = 0; x < _width; x++)
                {
                    to[x / _square] += row[x];
                }
            }
        }

        _top += band.Height;
    }

    /// <summary>The picture, once all rows were added.</summary>
    public Picture Result()
    {
        var means = new float[_sums.Length];
        for (var n = 0; n < means.Length; n++)
        {
            var (x, y) = (n % Width, n / Width % Height);
            means[n] = _sums[n] / (Math.Min(_square, _width - (x * _square)) * Math.Min(_square, _height - (y * _square)));
        }

        var colours = Width * Height * _channels;
        return new Picture(Width, Height, _channels, 8, means[..colours], _samples > _channels ? means[colours..] : null);
    }
}
